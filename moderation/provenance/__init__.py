"""What says that a model made a picture: metadata, a watermark, signed credentials."""
