import CLibFuzzer
import FuzzChecks

var argumentCount = CommandLine.argc
// The argument vector has the last word of every C program: a null pointer after its end.
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
_ = LLVMFuzzerRunDriver(&argumentCount, &arguments) { bytes, count in
    checkRows(UnsafeBufferPointer(start: bytes, count: count))
    return 0
}
