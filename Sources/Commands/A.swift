import LineProtocol
import Persistence
import CLibCrypto
