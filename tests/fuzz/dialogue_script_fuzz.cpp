// Script files come from users: any bytes must give a script or an error with its place, and a
// script that was read must survive a conversation.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dialogue.hpp"
#include "script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    localspeech::Dialogue dialogue(localspeech::read_script(text), 1);
    dialogue.greet();
    dialogue.answer(1, "hello one two three please", false);
    dialogue.answer(2, text.substr(0, 200), false);
    dialogue.heard(2, "");
    for (std::uint32_t turn = 3; turn < 8; ++turn) dialogue.answer(turn, "", true);
    dialogue.history().to_json();
  } catch (const localspeech::ScriptError& error) {
    if (error.where().line == 0 || error.where().column == 0) std::abort();
  }
  return 0;
}
