"""What is wrong with an expression, and where."""


class ExpressionError(ValueError):
    """The text is not an expression we run.

    ``message`` is one sentence for the author; ``position`` counts characters from 0.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        self.message = message
        self.text = text
        self.position = min(max(position, 0), len(text))
        super().__init__(f"{message}\n{self.pointed()}")

    @property
    def line(self) -> int:
        """Line of the expression, from 1."""
        return self.text.count("\n", 0, self.position) + 1

    def pointed(self) -> str:
        """The line at fault with a caret under the spot."""
        start = self.text.rfind("\n", 0, self.position) + 1
        end = self.text.find("\n", start)
        line = self.text[start : end if end >= 0 else len(self.text)]
        column = self.position - start
        if len(line) > 120:
            cut = max(0, column - 60)
            line, column = line[cut : cut + 120], column - cut
        return f"  {line}\n  {' ' * column}^"
