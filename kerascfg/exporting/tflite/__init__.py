"""What the targets that write a LiteRT file (`.tflite`) have in common.

| module | does |
|---|---|
| `modes` | the ways to quantise, by name |
| `quantising` | makes a quantised file of a float32 one |
| `ranges` | what numbers each tensor takes on calibration samples |
| `feeding` | named arrays in and out of the interpreter, quantised where it takes whole numbers |
| `schema` | a file as objects |
| `ends` | its inputs and outputs by name |
| `micro`, `arena`, `c_source` | the interpreter for microcontrollers; its memory; a file as C++ |
| `metadata` | named texts inside the file |
"""
