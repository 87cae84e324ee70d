// Run `model.pte` on Android with ExecuTorch: one record a call.
//
// build.gradle.kts:  implementation("org.pytorch:executorch-android:1.+")
// The model goes into src/main/assets/.

import android.content.Context
import java.io.File
import org.pytorch.executorch.EValue
import org.pytorch.executorch.Module
import org.pytorch.executorch.Tensor

/** The model, loaded once. Not for several threads at a time. */
class Client(context: Context, file: String = "model.pte") : AutoCloseable {
    private val module = Module.load(copied(context, file).path)

    /** Answers one record: numbers by the name of the input, row by row. */
    fun predict(record: Map<String, Any>): Map<String, FloatArray> {
        val given = INPUTS.map { (name, shape) ->
            val tensor = when (val numbers = record.getValue(name)) {
                is FloatArray -> Tensor.fromBlob(numbers, shape)
                is IntArray -> Tensor.fromBlob(numbers, shape)
                is LongArray -> Tensor.fromBlob(numbers, shape)
                else -> throw IllegalArgumentException("$name: expected an array of numbers")
            }
            EValue.from(tensor)
        }
        val answered = module.forward(*given.toTypedArray())
        return OUTPUTS.zip(answered) { name, value -> name to value.toTensor().dataAsFloatArray }
            .toMap()
    }

    override fun close() = module.destroy()

    companion object {
        /** Inputs in the order in which the program takes them, and the shape of one record. */
        val INPUTS = listOf(
@kotlin_shapes@
        )
        val OUTPUTS = listOf(
@kotlin_output_names@
        )

        /** ExecuTorch loads files, not assets. */
        private fun copied(context: Context, name: String): File {
            val file = File(context.filesDir, name)
            context.assets.open(name).use { from -> file.outputStream().use { from.copyTo(it) } }
            return file
        }
    }
}
