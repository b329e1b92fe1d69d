// The options of `jackfield run`.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audio/core/audio_preset.hpp"
#include "conf/core/conf.hpp"

namespace jackfield::cli {

struct RunOptions {
  std::vector<std::string> words;  // the pipeline file or jackfield.conf, and NAME=value
  std::string profile;
  bool quiet = false;
  bool once = false;
  unsigned idle = 60;  // s, at a desk; 0: never
  std::optional<AudioPreset> preset;
  bool allow_core_dumps = false;
  ServerSettings server;

  // For scenarios that serve calls.
  unsigned calls = 0;
  bool insecure = false;

  std::vector<const CLI::Option*> serving_only;
  const CLI::Option* listen = nullptr;
  // Of them those that make sense for the control API alone, which --listen asks for.
  std::vector<const CLI::Option*> with_listen;
  const CLI::Option* once_only = nullptr;
  std::map<std::string, const CLI::Option*, std::less<>> server_options;  // by the setting's key
};

void add_run_options(CLI::App& command, RunOptions& options);

// What [server] says, where no option says otherwise.
void take_server_settings(const Conf& conf, RunOptions& options);

}  // namespace jackfield::cli
