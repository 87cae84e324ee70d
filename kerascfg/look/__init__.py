"""See the data before anything is built: what is in it, how it is divided, what samples look like.

`look_at` measures data that `open_data` has opened, `print_look` shows it in a terminal, and
`draw_samples` writes pictures and a page of training samples.
"""

from kerascfg.look.measuring import Look, Values, look_at
from kerascfg.look.printing import print_look
from kerascfg.look.views import draw_samples, files_of

__all__ = ["Look", "Values", "draw_samples", "files_of", "look_at", "print_look"]
