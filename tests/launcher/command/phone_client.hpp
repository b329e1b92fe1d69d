// A small Twilio for tests of the supervisor: webhook requests and one media stream. (The strict
// one is `jackfield simulate`.) Main thread.
#pragma once

#include <libsoup/soup.h>

#include <string>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield::test {

struct Reply {
  guint status = 0;
  std::string type, body;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// `form` is sent as a form-encoded body when it is not empty. The URL goes out as it is written.
Reply request(const std::string& method, const std::string& url, const std::string& form = {},
              const Headers& headers = {});

// A GET, of which every byte goes out as it is written here. `address` is "127.0.0.1:8080".
Reply raw_get(const std::string& address, const std::string& target, const Headers& headers);

// The value of an attribute that follows `before` in the TwiML.
std::string between(const std::string& text, const std::string& before, const std::string& after);

class MediaStream {
 public:
  // Connects; status() tells how the handshake was answered.
  explicit MediaStream(const std::string& url, const Headers& headers = {});
  ~MediaStream();
  MediaStream(const MediaStream&) = delete;
  MediaStream& operator=(const MediaStream&) = delete;

  bool connected() const { return socket_ != nullptr; }
  guint status() const { return status_; }
  void start(const std::string& token,
             const std::string& call_sid = "CA00000000000000000000000000000001");
  // `count` messages of 20 ms each, in real time; all bytes have this value.
  void send_audio(int count, unsigned char value);
  void close();

  bool closed() const { return closed_; }
  // The bytes of audio that came with this value.
  std::size_t received(unsigned char value) const { return received_[value]; }

 private:
  static void on_message(SoupWebsocketConnection*, gint, GBytes* bytes, gpointer self);
  void send(const std::string& text);

  gstpp::GObjectPtr<SoupSession> session_;
  gstpp::GObjectPtr<SoupMessage> message_;
  gstpp::GObjectPtr<SoupWebsocketConnection> socket_;
  guint status_ = 0;
  bool answered_ = false;
  bool closed_ = false;
  int sequence_ = 0;
  int chunk_ = 0;
  std::vector<std::size_t> received_ = std::vector<std::size_t>(256);
};

}  // namespace jackfield::test
