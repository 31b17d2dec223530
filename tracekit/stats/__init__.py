"""What SQL should not do: fits, curves, intervals."""
