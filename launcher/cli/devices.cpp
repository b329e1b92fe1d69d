// jackfield devices
#include "audio/devices.hpp"

#include <gst/gst.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "cli/audio_option.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/gstreamer.hpp"
#include "records/message_json.hpp"

namespace jackfield::cli {
namespace {

struct Options {
  bool json = false;
  std::optional<AudioPreset> preset;
};

std::string variable_of(const AudioDevice& device) {
  return device.capture ? "CAPTURE" : "PLAYBACK";
}

// NAME='value' for a shell.
std::string assignment(const AudioDevice& device) {
  gstpp::CharPtr quoted{g_shell_quote(device.launch.c_str())};
  return variable_of(device) + "=" + quoted.get();
}

std::string rates_text(const AudioDevice& device) {
  if (device.rates.second == 0) return "";
  if (device.rates.first == device.rates.second) return std::to_string(device.rates.first) + " Hz";
  return std::to_string(device.rates.first) + "-" + std::to_string(device.rates.second) + " Hz";
}

JsonObject* to_json(const AudioDevice& device) {
  JsonObject* object = json_object_new();
  json_object_set_int_member(object, "index", device.index);
  json_object_set_string_member(object, "name", device.name.c_str());
  json_object_set_string_member(object, "class", device.capture ? "capture" : "playback");
  json_object_set_boolean_member(object, "default", device.is_default);
  json_object_set_boolean_member(object, "monitor", device.monitor);
  json_object_set_string_member(object, "api", device.api.c_str());
  json_object_set_int_member(object, "max-channels", device.max_channels);
  json_object_set_int_member(object, "min-rate", device.rates.first);
  json_object_set_int_member(object, "max-rate", device.rates.second);
  json_object_set_double_member(object, "latency-ms", device.latency_us / 1000.0);
  json_object_set_string_member(object, "variable", variable_of(device).c_str());
  json_object_set_string_member(object, "launch", device.launch.c_str());
  return object;
}

void print_json(const AudioDevices& found, AudioPreset preset) {
  JsonObjectPtr json{json_object_new()};
  const std::string name{audio_preset_name(preset)};
  json_object_set_string_member(json.get(), "audio-preset", name.c_str());
  JsonArray* devices = json_array_new();
  for (const AudioDevice& device : found.devices)
    json_array_add_object_element(devices, to_json(device));
  json_object_set_array_member(json.get(), "devices", devices);
  std::printf("%s\n", to_text(json.get(), true).c_str());
}

void print_device(const AudioDevice& device) {
  std::string details;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) details += (details.empty() ? "" : ", ") + text;
  };
  if (device.is_default) add("default");
  if (device.monitor) add("what a loudspeaker plays");
  if (device.max_channels > 0)
    add("up to " + std::to_string(device.max_channels) +
        (device.max_channels == 1 ? " channel" : " channels"));
  add(rates_text(device));
  if (device.latency_us > 0) {
    char text[32];
    std::snprintf(text, sizeof text, "%g ms", device.latency_us / 1000.0);
    add(text);
  }
  std::printf("%3u  %-8s  %s\n     %s\n     %s\n", device.index,
              device.capture ? "capture" : "playback",
              styled(stdout, Style::kBold, device.name).c_str(), details.c_str(),
              styled(stdout, Style::kDim, assignment(device)).c_str());
}

int devices(const Options& options) {
  init_gstreamer();
  const AudioPreset preset = options.preset.value_or(AudioPreset::kStandard);
  const AudioDevices found = list_audio_devices(preset);
  if (!found.answered) {
    print_error(
        "the sound server does not answer\n"
        "  it hangs: try to restart it (systemctl --user restart pulseaudio, or pipewire "
        "pipewire-pulse wireplumber)");
    return kExitUnavailable;
  }
  if (options.json) {
    print_json(found, preset);
    return kExitOk;
  }
  if (found.devices.empty()) {
    std::printf(
        "no microphone and no loudspeaker: no sound server answers, or it has no devices\n"
        "  PulseAudio or PipeWire runs for the user who is logged in: pactl info tells whether it "
        "answers you\n"
        "  'jackfield doctor' looks further\n");
    return kExitOk;
  }
  for (const AudioDevice& device : found.devices) print_device(device);
  std::printf("\nTo use one: jackfield run pipelines/desk-agent.gst %s\n",
              assignment(found.devices.front()).c_str());
  return kExitOk;
}

}  // namespace

void add_devices(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "devices", "Lists microphones and loudspeakers, and how a pipeline opens each of them.");
  command->add_flag("--json", options->json, "Print JSON");
  add_audio_preset(*command, options->preset);
  command->callback([options, &exit_code] { exit_code = devices(*options); });
}

}  // namespace jackfield::cli
