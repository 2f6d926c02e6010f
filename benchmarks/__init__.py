"""What remedy is measured by, one command each."""
