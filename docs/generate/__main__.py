"""`python -m docs.generate`: writes the pages that have changed and says which."""

from docs.generate import PAGES, REFERENCE


def main() -> None:
    """Write every page of `PAGES` whose text differs from the file."""
    REFERENCE.mkdir(exist_ok=True)
    for name, render in PAGES.items():
        page, text = REFERENCE / name, render()
        if not page.exists() or page.read_text() != text:
            page.write_text(text)
            print(f"wrote {page.relative_to(REFERENCE.parent.parent)}")


main()
