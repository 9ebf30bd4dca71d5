"""What others say of the log's checkpoints: time stamps of an authority, cosignatures of witnesses."""
