// --audio-preset, of the commands that fill in CAPTURE and PLAYBACK.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audio/core/audio_preset.hpp"
#include "scenario/core/variables.hpp"

namespace CLI {
class App;
}

namespace jackfield::cli {

// `preset` outlives the parse; without the option it stays empty.
void add_audio_preset(CLI::App& command, std::optional<AudioPreset>& preset);

// The standard variables with the devices opened as the preset says.
Variables variables_for(const std::optional<AudioPreset>& preset);

// False, after saying why, when a preset was given and no device of the pipeline is opened by it:
// `mentioned` are the variables of the text.
bool audio_preset_used(const std::optional<AudioPreset>& preset, const Variables& variables,
                       const std::vector<std::string>& mentioned);

}  // namespace jackfield::cli
