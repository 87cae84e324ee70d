// Run `model.tflite` on Android with LiteRT: one record a call.
//
// build.gradle.kts:  implementation("com.google.ai.edge.litert:litert:2.+")
// The model goes into src/main/assets/.

import android.content.Context
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel

/** The model, loaded once. Not for several threads at a time. */
class Client(context: Context, file: String = "model.tflite") : AutoCloseable {
    private val model =
        CompiledModel.create(context.assets, file, CompiledModel.Options(Accelerator.CPU))
    private val inputs = INPUTS.associateWith { model.createInputBuffer(it) }
    private val outputs = OUTPUTS.associateWith { model.createOutputBuffer(it) }

    /** Answers one record: numbers by the name of the input, row by row. */
    fun predict(record: Map<String, Any>): Map<String, FloatArray> {
        for ((name, buffer) in inputs) {
            when (val numbers = record.getValue(name)) {
                is FloatArray -> buffer.writeFloat(numbers)
                is IntArray -> buffer.writeInt(numbers)
                is BooleanArray -> buffer.writeBoolean(numbers)
                else -> throw IllegalArgumentException("$name: expected an array of numbers")
            }
        }
        model.run(inputs, outputs)
        return outputs.mapValues { (_, buffer) -> buffer.readFloat() }
    }

    override fun close() {
        (inputs.values + outputs.values).forEach { it.close() }
        model.close()
    }

    companion object {
        val INPUTS = listOf(
@kotlin_input_names@
        )
        val OUTPUTS = listOf(
@kotlin_output_names@
        )
    }
}
