// Messages of a call, one a line: parsing, the protocol's rules, base64, and the time line.
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base64.hpp"
#include "call_protocol.hpp"
#include "json_scanner.hpp"
#include "pacer.hpp"
#include "stream_clock.hpp"
#include "utf8.hpp"

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  twilio::CallProtocol protocol(0);
  twilio::StreamClock clock{{}};
  twilio::Pacer pacer{{}};
  pacer.open(0);
  const std::vector<uint8_t> speech(1000, 1);
  uint64_t now = 0;
  uint64_t end = 0;
  while (!text.empty()) {
    const size_t line = text.find('\n');
    const std::string_view message = text.substr(0, line);
    text.remove_prefix(line == std::string_view::npos ? text.size() : line + 1);
    now += 13 * twilio::kMillisecondNs;

    twilio::JsonScanner scanner{message};
    scanner.skip_value();
    if (const auto plain = twilio::json_unescape(message)) {
      require(!jackfield::is_utf8(message) || jackfield::is_utf8(*plain));
    }
    pacer.push(speech, now, now);
    while (true) {
      const auto step = pacer.next(now).step;
      if (step == twilio::Pacer::Step::kIdle || step == twilio::Pacer::Step::kWait) break;
    }
    if (protocol.on_text(message) != twilio::CallProtocol::Verdict::kAccept) continue;
    const twilio::Message& m = protocol.message();
    if (m.kind == twilio::EventKind::kMark) pacer.on_echo(m.mark_name, now);
    if (m.kind == twilio::EventKind::kDtmf) pacer.clear(now);
    if (m.kind != twilio::EventKind::kMedia) continue;
    std::vector<uint8_t> out(jackfield::base64_decoded_max(m.payload.size()));
    const auto bytes = jackfield::base64_decode(m.payload, out);
    if (!bytes || *bytes == 0) continue;
    const auto silence = clock.on_tick(now);
    end += silence.samples;
    const auto place = clock.on_media(m.timestamp_ms, *bytes, out[0] == 0xff, now);
    if (place.verdict == twilio::StreamClock::Verdict::kPlay) {
      require(place.position - place.missing == end);
      end = place.position + *bytes;
    }
    require(clock.position() == end);
  }
  return 0;
}
