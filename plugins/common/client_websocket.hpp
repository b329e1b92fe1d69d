// A WebSocket client for network services (RFC 6455, by libsoup), driven by the process's
// IoContext: no thread of its own.
//
// Functions may be called from any thread. The listener is called in the IoContext's thread, one
// call at a time: first on_open() or on_end(), then messages, and on_end() once, after which
// nothing comes. It must not block. Headers and the query of the address may hold secrets: neither
// is ever part of a log line or of an error's text. Certificates and proxies: as in
// http_client.hpp. Redirects are not followed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "export.hpp"

namespace jackfield {

struct WebSocketOptions {
  std::string url;  // ws:// or wss://
  std::vector<std::pair<std::string, std::string>> headers;
  std::string protocol = {};  // the sub-protocol that the server has to speak, "": none
  uint64_t connect_timeout_ns = 10'000'000'000;  // name look-up, TCP, TLS and handshake together
  // Pings go out so often (whole seconds, 0: none); a peer of whom nothing was heard for three
  // times as long is dead: callers do not wait for longer than that.
  unsigned ping_interval_s = 4;
  std::size_t most_queued = 4 << 20;      // bytes of messages that the network has not taken
  std::size_t largest_message = 8 << 20;  // of the peer, bytes
};

// Why a connection ended, or was never made.
struct WebSocketEnd {
  enum class Cause {
    kBadAddress,   // not a ws:// or wss:// address
    kUnreachable,  // no such host, nobody listens, no network
    kCertificate,  // TLS failed, or the certificate is not to be trusted
    kTimeout,      // not connected in time
    kRefused,      // the handshake was answered with `http_status`
    kClosed,       // by the peer, with `close_code`, or by us
    kLost,         // the connection broke, without a close frame
    kDead,         // the peer answers nothing any more
    kProtocol,     // the peer broke RFC 6455, or a message is too large
  };
  Cause cause = Cause::kLost;
  int http_status = 0;
  int close_code = 0;   // 1005: a close frame without a code
  std::string text;     // for a person
  std::string details;  // the reason in the close frame, or the header dg-error of a refusal

  // Whether the same attempt may go well later: not with a wrong key, a wrong address or a
  // certificate that is not trusted.
  JACKFIELD_API bool worth_retrying() const;
};
// "unreachable", "refused", ...
JACKFIELD_API const char* cause_name(WebSocketEnd::Cause cause);

class WebSocketListener {
 public:
  virtual void on_open() {}
  virtual void on_text(std::string_view text) = 0;
  virtual void on_binary(std::span<const uint8_t>) {}
  virtual void on_end(const WebSocketEnd& end) = 0;

 protected:
  ~WebSocketListener() = default;
};

class JACKFIELD_API ClientWebSocket {
 public:
  // Begins to connect. `listener` is used until the destructor or cancel() has returned.
  ClientWebSocket(WebSocketOptions options, WebSocketListener& listener);
  ~ClientWebSocket();  // cancel()
  ClientWebSocket(const ClientWebSocket&) = delete;
  ClientWebSocket& operator=(const ClientWebSocket&) = delete;

  // Messages are queued, also while the connection is being made, and sent in order. False, and the
  // message is dropped, when the queue is full or the connection has ended.
  bool send_text(std::string text);
  bool send_binary(std::vector<uint8_t> bytes);
  // Bytes that the network has not taken yet.
  std::size_t queued() const;

  // Sends what is queued, then a close frame; on_end() follows (within two seconds).
  void close();
  // Cuts the connection. The listener is not called any more once this has returned: it waits for
  // a running call, unless it is called from there. Hold no lock that the listener takes.
  void cancel();
  // As cancel(), but what is queued is sent, and the connection closed, in the background (within
  // two seconds).
  void leave();

 private:
  class Connection;
  std::shared_ptr<Connection> connection_;
};

}  // namespace jackfield
