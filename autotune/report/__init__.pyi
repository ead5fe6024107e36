from .chart import terminal_chart
from .writing import write_report

__all__ = ["terminal_chart", "write_report"]
