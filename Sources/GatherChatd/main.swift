import ArgumentParser
import Hummingbird
import NIOSSL
print("hello")
