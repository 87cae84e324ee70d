import yaml

from kerascfg.data.target_graph import graph_columns, graph_outputs, numbered_columns


def test_a_graph_reads_the_inputs_that_are_none_of_its_nodes():
    graph = yaml.safe_load("""
        known: {op: equal, inputs: [label, 3]}
        price: {op: divide, inputs: {x1: wage, x2: known.0}}
        head: {op: one_hot, inputs: label, num_classes: $data.classes}
        gone: null
    """)
    assert graph_columns(graph) == ("label", "wage")
    assert graph_outputs(graph) == ("price", "head")


def test_a_node_without_inputs_takes_the_one_before_it():
    graph = yaml.safe_load("{lower: {op: log, inputs: wage}, head: {op: negative}}")
    assert graph_columns(graph) == ("wage",)
    assert graph_outputs(graph) == ("head",)


def test_operations_of_keras_take_numbers_of_classes_and_all_others_texts():
    graph = yaml.safe_load("""
        a: {op: one_hot, inputs: colour, num_classes: 3}
        b: {op: keras.ops.equal, inputs: [size, 3]}
        c: {type: StringLookup, inputs: taste}
        d: {op: my_pkg.parse, inputs: place}
        e: {op: one_hot, inputs: taste, num_classes: 2}
    """)
    assert numbered_columns(graph) == {"colour", "size"}
