// The options of `jackfield run`.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "audio/core/audio_preset.hpp"

namespace jackfield::cli {

struct RunOptions {
  std::vector<std::string> words;  // the pipeline file and NAME=value
  std::string recordings = "recordings";
  std::string events;
  std::string env_file;
  std::string profile;
  bool quiet = false;
  bool once = false;
  unsigned idle = 60;  // s, at a desk; 0: never
  std::optional<AudioPreset> preset;
  bool allow_core_dumps = false;

  // For scenarios that serve calls.
  std::string listen = "127.0.0.1:8080";
  std::string public_url;
  std::string tls_certificate;
  std::string tls_key;
  std::vector<std::string> trusted_proxies;
  unsigned calls = 0;
  unsigned drain = 30;  // s
  unsigned max_calls = 200;
  unsigned max_call_duration = 4 * 3600;  // s, 0: none
  unsigned start_timeout = 10;            // s
  unsigned max_pending = 1024;
  unsigned max_pending_per_address = 32;
  bool insecure = false;

  std::vector<const CLI::Option*> serving_only;
  const CLI::Option* once_only = nullptr;
};

void add_run_options(CLI::App& command, RunOptions& options);

}  // namespace jackfield::cli
