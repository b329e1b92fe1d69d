// What a server sends to the simulator, a message a line, into Twilio's end of the stream: every
// message is taken or a violation with a code, and memory stays within bounds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "simulate/core/twilio_peer.hpp"

using namespace jackfield::simulate;

namespace {

class Listener final : public TwilioPeer::Listener {
 public:
  void on_send(std::string_view) override {}
  void on_agent_audio(Samples, std::span<const std::uint8_t> mulaw) override {
    if (mulaw.empty()) std::abort();
  }
  void on_agent_idle(Samples, Samples) override {}
  void on_clear(Samples, Samples) override {}
  void on_mark_echo(Samples, const std::string&, bool) override {}
  void on_violation(const Violation& violation) override {
    if (violation.code == 0 || violation.text.empty()) std::abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  Listener listener;
  TwilioPeer peer{{"MZ1", "AC1", "CA1", {}}, listener};
  peer.connect();
  peer.start();
  for (Samples now = 160; !text.empty(); now += 160) {
    const std::size_t line = text.find('\n');
    const PeerStats before = peer.stats();
    peer.receive_text(now, text.substr(0, line));
    const PeerStats& after = peer.stats();
    const std::uint64_t effects = after.media_messages + after.marks + after.clears +
                                  after.violations - before.media_messages - before.marks -
                                  before.clears - before.violations;
    if (after.messages != before.messages + 1 || effects == 0) std::abort();
    peer.advance(now);
    text.remove_prefix(line == std::string_view::npos ? text.size() : line + 1);
  }
  if (peer.violations().size() > TwilioPeer::kKeptViolations) std::abort();
  return 0;
}
