#include "handshake.hpp"

#include <algorithm>
#include <charconv>

namespace jackfield::simulate {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// What is wrong with the header of a 101.
std::string judge_header(std::string_view lines, std::string_view accept) {
  bool upgrade = false, connection = false, accepted = false;
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return "the reply has a header line without a colon";
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "upgrade") upgrade = lower(value) == "websocket";
    if (name == "connection") connection = lower(value).find("upgrade") != std::string::npos;
    if (name == "sec-websocket-accept") accepted = value == accept;
    if (name == "sec-websocket-extensions")
      return "the server chose an extension that was not offered";
    if (name == "sec-websocket-protocol")
      return "the server chose a sub-protocol that was not offered";
  }
  if (!upgrade) return "the reply lacks \"Upgrade: websocket\"";
  if (!connection) return "the reply lacks \"Connection: Upgrade\"";
  if (!accepted) return "Sec-WebSocket-Accept does not fit the key";
  return {};
}

}  // namespace

std::string handshake_request(const HandshakeRequest& request) {
  std::string out = "GET " + request.path + " HTTP/1.1\r\nHost: " + request.host +
                    "\r\nUser-Agent: Twilio.TmeWs/1.0\r\nConnection: Upgrade\r\n"
                    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                    request.key + "\r\n";
  if (!request.signature.empty()) out += "X-Twilio-Signature: " + request.signature + "\r\n";
  return out += "Accept-Encoding: gzip\r\n\r\n";
}

std::optional<HandshakeReply> parse_handshake_reply(std::string_view bytes,
                                                    std::string_view accept) {
  HandshakeReply reply;
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() < kMaxHandshakeBytes) return std::nullopt;
    reply.error = "the reply's header is longer than 16 KiB";
    return reply;
  }
  reply.length = end + 4;
  const std::string_view header = bytes.substr(0, end);
  const std::string_view first = header.substr(0, header.find("\r\n"));
  const bool http = first.starts_with("HTTP/1.1 ") && first.size() >= 12;
  if (!http ||
      std::from_chars(first.data() + 9, first.data() + 12, reply.status).ptr != first.data() + 12) {
    reply.error = "the reply is not HTTP/1.1";
    return reply;
  }
  if (reply.status != 101) {
    reply.error = "HTTP status " + std::string{trimmed(first.substr(9))} + " instead of 101";
    return reply;
  }
  const std::string_view rest =
      first.size() < header.size() ? header.substr(first.size() + 2) : std::string_view{};
  reply.error = judge_header(rest, accept);
  return reply;
}

}  // namespace jackfield::simulate
