"""What a user can type after `intellog`, one module for each subject."""
