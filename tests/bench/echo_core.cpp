// The agent core of `./dev bench core`: says what it is told, at once. Prints "port N" and ends
// with its standard input.
#include <cstdio>

#include "fake_core.hpp"

int main() {
  test_support::FakeCore core;
  std::printf("port %d\n", core.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
