#include "cli/audio_option.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/console.hpp"
#include "scenario/pipeline_file.hpp"

namespace jackfield::cli {

void add_audio_preset(CLI::App& command, std::optional<AudioPreset>& preset) {
  std::vector<std::string> names;
  for (const AudioPreset each : kAllAudioPresets) names.emplace_back(audio_preset_name(each));
  command
      .add_option_function<std::string>(
          "--audio-preset",
          [&preset](const std::string& name) { preset = parse_audio_preset(name); },
          "How CAPTURE and PLAYBACK are opened: standard (blocks of 20 ms, the default), low (10 "
          "ms) or lowest (3 ms)")
      ->type_name("PRESET")
      ->check(CLI::IsMember(names));
}

Variables variables_for(const std::optional<AudioPreset>& preset) {
  Variables variables = standard_variables();
  const AudioSystem system = native_audio_system();
  const AudioPreset chosen = preset.value_or(AudioPreset::kStandard);
  variables.platform["CAPTURE"] = capture_text(system, chosen);
  variables.platform["PLAYBACK"] = playback_text(system, chosen);
  return variables;
}

bool audio_preset_used(const std::optional<AudioPreset>& preset, const Variables& variables,
                       const std::vector<std::string>& mentioned) {
  if (!preset) return true;
  bool named = false;
  for (const char* name : {"CAPTURE", "PLAYBACK"}) {
    if (std::find(mentioned.begin(), mentioned.end(), name) == mentioned.end()) continue;
    named = true;
    const bool own = variables.command_line.contains(name) || variables.profile.contains(name) ||
                     (variables.environment && variables.environment(name));
    if (!own) return true;
  }
  print_error(named
                  ? "--audio-preset has nothing to set: CAPTURE and PLAYBACK have values of their "
                    "own ('jackfield devices --audio-preset ...' prints them with the preset)"
                  : "--audio-preset has nothing to set: the pipeline text has neither ${CAPTURE} "
                    "nor ${PLAYBACK}");
  return false;
}

}  // namespace jackfield::cli
