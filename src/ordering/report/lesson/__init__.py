"""A verdict told as a good teacher would: `telling` puts the parts in order, `picture` draws f."""

from ordering.report.lesson.picture import Picture, draw, picture, plotted
from ordering.report.lesson.records import Lesson, Section, Subject
from ordering.report.lesson.telling import lesson

__all__ = ["Lesson", "Picture", "Section", "Subject", "draw", "lesson", "picture", "plotted"]
