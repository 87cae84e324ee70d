"""TFRecord files of `tf.train.Example`: their features, their records, and a scan of both."""
