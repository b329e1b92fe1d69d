#include "scenario/core/packages.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace jackfield {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

// Elements that voice scenarios use, by their package in Debian 12 (gst-inspect-1.0 and dpkg -S).
constexpr auto kPackages = std::to_array<Entry>({
    {"alawdec", "gstreamer1.0-plugins-good"},
    {"alawenc", "gstreamer1.0-plugins-good"},
    {"alsasink", "gstreamer1.0-alsa"},
    {"alsasrc", "gstreamer1.0-alsa"},
    {"appsink", "gstreamer1.0-plugins-base"},
    {"appsrc", "gstreamer1.0-plugins-base"},
    {"audioconvert", "gstreamer1.0-plugins-base"},
    {"audiobuffersplit", "gstreamer1.0-plugins-bad"},
    {"audiomixer", "gstreamer1.0-plugins-base"},
    {"audiorate", "gstreamer1.0-plugins-base"},
    {"audioresample", "gstreamer1.0-plugins-base"},
    {"audiotestsrc", "gstreamer1.0-plugins-base"},
    {"autoaudiosink", "gstreamer1.0-plugins-good"},
    {"autoaudiosrc", "gstreamer1.0-plugins-good"},
    {"clocksync", "libgstreamer1.0-0"},
    {"decodebin", "gstreamer1.0-plugins-base"},
    {"decodebin3", "gstreamer1.0-plugins-base"},
    {"deinterleave", "gstreamer1.0-plugins-good"},
    {"dtmfsrc", "gstreamer1.0-plugins-good"},
    {"flacdec", "gstreamer1.0-plugins-good"},
    {"flacenc", "gstreamer1.0-plugins-good"},
    {"giosrc", "gstreamer1.0-plugins-base"},
    {"interleave", "gstreamer1.0-plugins-good"},
    {"jackaudiosink", "gstreamer1.0-plugins-good"},
    {"jackaudiosrc", "gstreamer1.0-plugins-good"},
    {"lamemp3enc", "gstreamer1.0-plugins-good"},
    {"level", "gstreamer1.0-plugins-good"},
    {"mpg123audiodec", "gstreamer1.0-plugins-good"},
    {"mulawdec", "gstreamer1.0-plugins-good"},
    {"mulawenc", "gstreamer1.0-plugins-good"},
    {"nicesink", "gstreamer1.0-nice"},
    {"nicesrc", "gstreamer1.0-nice"},
    {"oggdemux", "gstreamer1.0-plugins-base"},
    {"oggmux", "gstreamer1.0-plugins-base"},
    {"openalsink", "gstreamer1.0-plugins-bad"},
    {"opusdec", "gstreamer1.0-plugins-base"},
    {"opusenc", "gstreamer1.0-plugins-base"},
    {"opusparse", "gstreamer1.0-plugins-bad"},
    {"pipewiresink", "gstreamer1.0-pipewire"},
    {"pipewiresrc", "gstreamer1.0-pipewire"},
    {"playbin", "gstreamer1.0-plugins-base"},
    {"pulsesink", "gstreamer1.0-plugins-good"},
    {"pulsesrc", "gstreamer1.0-plugins-good"},
    {"removesilence", "gstreamer1.0-plugins-bad"},
    {"rtpbin", "gstreamer1.0-plugins-good"},
    {"rtpjitterbuffer", "gstreamer1.0-plugins-good"},
    {"rtpopusdepay", "gstreamer1.0-plugins-good"},
    {"rtpopuspay", "gstreamer1.0-plugins-good"},
    {"rtppcmadepay", "gstreamer1.0-plugins-good"},
    {"rtppcmapay", "gstreamer1.0-plugins-good"},
    {"rtppcmudepay", "gstreamer1.0-plugins-good"},
    {"rtppcmupay", "gstreamer1.0-plugins-good"},
    {"souphttpsrc", "gstreamer1.0-plugins-good"},
    {"spectrum", "gstreamer1.0-plugins-good"},
    {"speexdec", "gstreamer1.0-plugins-good"},
    {"speexenc", "gstreamer1.0-plugins-good"},
    {"srtsink", "gstreamer1.0-plugins-bad"},
    {"srtsrc", "gstreamer1.0-plugins-bad"},
    {"tcpclientsink", "gstreamer1.0-plugins-base"},
    {"tcpclientsrc", "gstreamer1.0-plugins-base"},
    {"tcpserversink", "gstreamer1.0-plugins-base"},
    {"tcpserversrc", "gstreamer1.0-plugins-base"},
    {"udpsink", "gstreamer1.0-plugins-good"},
    {"udpsrc", "gstreamer1.0-plugins-good"},
    {"uridecodebin", "gstreamer1.0-plugins-base"},
    {"volume", "gstreamer1.0-plugins-base"},
    {"vorbisdec", "gstreamer1.0-plugins-base"},
    {"vorbisenc", "gstreamer1.0-plugins-base"},
    {"wavenc", "gstreamer1.0-plugins-good"},
    {"wavparse", "gstreamer1.0-plugins-good"},
    {"webrtcbin", "gstreamer1.0-plugins-bad"},
    {"webrtcdsp", "gstreamer1.0-plugins-bad"},
    {"webrtcechoprobe", "gstreamer1.0-plugins-bad"},
});

// Ours, with the meson option of the plugin each is in.
constexpr auto kOurs = std::to_array<Entry>({
    {"adaptivejitter", "adaptivejitter"},
    {"agentbrain", "agentbrain"},
    {"agentcorellm", "agentcore"},
    {"callrecorder", "callrecorder"},
    {"flitetts", "localspeech"},
    {"openaillm", "openai"},
    {"openairealtime", "openai"},
    {"pocketsphinxstt", "localspeech"},
    {"rtppassthrough", "adaptivejitter"},
    {"scriptedllm", "localspeech"},
    {"sharedopusenc", "sharedopus"},
    {"turndetector", "agentbrain"},
    {"twiliosink", "twilio"},
    {"twiliosrc", "twilio"},
});

template <std::size_t N>
std::string_view lookup(const std::array<Entry, N>& table, std::string_view name) {
  const auto it = std::find_if(table.begin(), table.end(),
                               [&](const Entry& entry) { return entry.first == name; });
  return it == table.end() ? std::string_view{} : it->second;
}

}  // namespace

std::string how_to_get(std::string_view factory) {
  if (const std::string_view plugin = lookup(kOurs, factory); !plugin.empty())
    return "it is in Jackfield's plugin '" + std::string{plugin} +
           "': run ./dev build (its summary says why a plugin was left out), and start through "
           "./dev, or with GST_PLUGIN_PATH set to where the plugins are";
  if (const std::string_view package = lookup(kPackages, factory); !package.empty())
    return "on Debian and Ubuntu: apt install " + std::string{package};
  return {};
}

}  // namespace jackfield
