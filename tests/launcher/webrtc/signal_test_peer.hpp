// A peer of the signalling for tests: libsoup's WebSocket, or a socket that does as it likes. Main
// thread; all that waits keeps the main context going and has a bound.
#pragma once

#include <libsoup/soup.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "json_reader.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield::test {

class SignalTestPeer {
 public:
  struct Options {
    std::string origin;
    std::string protocol = "jackfield.v1";
    bool tls = false;  // any certificate will do
  };
  // `address`: "127.0.0.1:8080". Waits for the answer.
  SignalTestPeer(const std::string& address, const std::string& path, const Options& options);
  SignalTestPeer(const std::string& address, const std::string& path)
      : SignalTestPeer(address, path, Options{}) {}
  ~SignalTestPeer();
  SignalTestPeer(const SignalTestPeer&) = delete;
  SignalTestPeer& operator=(const SignalTestPeer&) = delete;

  bool connected() const { return socket_ != nullptr; }
  guint status() const { return status_; }  // of the handshake
  std::string protocol() const;

  void send(const std::string& text);
  // The next message of this type; those before it are dropped.
  std::optional<JsonValue> wait(const std::string& type, double seconds = 20);
  // A message that has come and was not waited for.
  bool has(const std::string& type) const;
  bool wait_closed(double seconds = 20);
  int close_code() const { return close_code_; }
  void close();
  // Breaks the connection.
  void cut();

  // Waits for `welcome`, joins with these members, and waits for `joined`. The id that it has.
  std::string join(const std::string& members = "");

 private:
  static void on_message(SoupWebsocketConnection*, gint, GBytes* bytes, gpointer self);

  gstpp::GObjectPtr<SoupSession> session_;
  gstpp::GObjectPtr<SoupMessage> message_;
  gstpp::GObjectPtr<SoupWebsocketConnection> socket_;
  guint status_ = 0;
  int close_code_ = 0;
  bool answered_ = false;
  bool closed_ = false;
  std::deque<JsonValue> messages_;
};

// A connection that has shaken hands and does nothing by itself, not even answer a ping.
class RawSignalPeer {
 public:
  // Waits until the server has said `awaited`.
  RawSignalPeer(const std::string& address, const std::string& path,
                const std::string& protocol = "jackfield.v1",
                const std::string& awaited = "\"welcome\"");
  void send(std::string_view bytes);
  // A text frame, with a mask of zeros.
  void send_text(std::string_view text);
  // Takes what has come. Whether the connection is still there.
  bool alive();
  const std::string& received() const { return received_; }
  // As much of it as the server takes at once; how much that was.
  std::size_t push(std::string_view bytes);

 private:
  gstpp::GObjectPtr<GSocketConnection> connection_;
  std::string received_;
  bool alive_ = true;
};

std::string text_of(const JsonValue& object, const char* member);

}  // namespace jackfield::test
