"""What comes by itself: schedules in people's own words, their clock, feeds and watches."""
