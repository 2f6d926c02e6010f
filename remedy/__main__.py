"""`python -m remedy`."""

from remedy.cli import main

if __name__ == "__main__":
    main()
