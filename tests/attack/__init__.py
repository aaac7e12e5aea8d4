"""What hostile input must not do: each fault that was found by attacking the product."""
