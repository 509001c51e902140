"""Models trained, adapted and measured, on data of one's own or drawn here."""
