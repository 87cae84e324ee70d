// Run the golden pair through Client.kt on a device or emulator: `./gradlew connectedAndroidTest`.
//
// Client.kt goes into src/main/java/, this file into src/androidTest/java/, `golden/` into
// src/androidTest/assets/golden/.

import androidx.test.ext.junit.runners.AndroidJUnit4
import androidx.test.platform.app.InstrumentationRegistry
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.math.abs
import kotlin.math.max
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith

@RunWith(AndroidJUnit4::class)
class ClientTest {
    private val inputs = mapOf(
@kotlin_inputs@
    )
    private val dtypes = mapOf(
@kotlin_dtypes@
    )
    private val outputs = mapOf(
@kotlin_outputs@
    )

    @Test
    fun answersAsTheCertificateSays() {
        val app = InstrumentationRegistry.getInstrumentation().targetContext
        Client(app).use { client ->
            for (sample in 0 until SAMPLES) {
                val record = inputs.mapValues { (name, file) ->
                    numbers(golden(file, sample), dtypes.getValue(name))
                }
                val answers = client.predict(record)
                for ((name, file) in outputs) {
                    val expected = floats(golden(file, sample))
                    val difference = difference(expected, answers.getValue(name))
                    assertTrue("$name, sample $sample: $difference", difference <= TOLERANCE)
                }
            }
        }
    }

    /** Weighs as the certificate does: infinite where NaN or infinity stands on one side alone. */
    private fun difference(expected: FloatArray, answer: FloatArray): Float {
        if (expected.size != answer.size) return Float.POSITIVE_INFINITY
        val scale = expected.filter { it.isFinite() }.maxOfOrNull { max(1f, abs(it)) } ?: 1f
        val differences = expected.zip(answer) { right, received ->
            when {
                right == received || (right.isNaN() && received.isNaN()) -> 0f
                right.isFinite() && received.isFinite() -> abs(right - received) / scale
                else -> Float.POSITIVE_INFINITY
            }
        }
        return differences.maxOrNull() ?: 0f
    }

    /** Cuts one record out of a golden file. */
    private fun golden(file: String, sample: Int): ByteBuffer {
        val context = InstrumentationRegistry.getInstrumentation().context
        val bytes = context.assets.open("golden/$file").use { it.readBytes() }
        val size = bytes.size / SAMPLES
        return ByteBuffer.wrap(bytes, sample * size, size).slice().order(ByteOrder.LITTLE_ENDIAN)
    }

    private fun numbers(buffer: ByteBuffer, dtype: String): Any = when (dtype) {
        "int32" -> IntArray(buffer.remaining() / 4) { buffer.getInt(4 * it) }
        "int64" -> LongArray(buffer.remaining() / 8) { buffer.getLong(8 * it) }
        "bool" -> BooleanArray(buffer.remaining()) { buffer.get(it) != 0.toByte() }
        else -> floats(buffer)
    }

    private fun floats(buffer: ByteBuffer) =
        FloatArray(buffer.remaining() / 4) { buffer.getFloat(4 * it) }

    private companion object {
        const val SAMPLES = @samples@
        const val TOLERANCE = @tolerance@
    }
}
