// One peer's WebSocket, the server's side, on the main context: messages in and out, and bounds on
// both. Main thread.
#pragma once

#include <gio/gio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/common/gstpp.hpp"
#include "websocket_framing.hpp"
#include "write_queue.hpp"

namespace jackfield {

// The clock of all times of sockets.
inline std::uint64_t monotonic_ns() {
  return static_cast<std::uint64_t>(g_get_monotonic_time()) * 1000;
}

class TextSocket final : public std::enable_shared_from_this<TextSocket>,
                         private WebSocketFraming::Listener {
 public:
  static constexpr std::size_t kMostQueued = 1024 * 1024;       // bytes that the peer has not taken
  static constexpr std::uint64_t kSlowest = 10'000'000'000;     // ns that a byte may wait
  static constexpr std::uint64_t kClosingTime = 2'000'000'000;  // ns for the peer's own close

  // May let go of the socket.
  class Owner {
   public:
    virtual void on_text(std::string_view text) = 0;
    virtual void on_too_large() = 0;
    virtual void on_sign_of_life() = 0;
    // All that was sent is with the system now, and something had waited before.
    virtual void on_drained() {}
    // It is closed or broken; the last call.
    virtual void on_gone() = 0;

   protected:
    ~Owner() = default;
  };

  // Begins to read. `owner` must live until drop() or on_gone(). `limits`: beyond them the peer is
  // given up.
  static std::shared_ptr<TextSocket> open(gstpp::GObjectPtr<GIOStream> stream, Owner& owner,
                                          WriteQueue::Config limits = {kMostQueued, kSlowest});
  ~TextSocket();
  TextSocket(const TextSocket&) = delete;
  TextSocket& operator=(const TextSocket&) = delete;

  void send(std::string_view text);
  // Whole frames of WebSocketFraming, perhaps shared by many sockets; copied.
  void send_frames(std::span<const std::uint8_t> frames);
  // Does nothing wait to be taken by the system?
  bool drained() const { return out_.empty(); }
  void ping();
  // A close frame behind what is queued. Nothing is passed on from then on but on_gone(), when the
  // peer has closed, too, or its time is over.
  void close(std::uint16_t code);
  // At once; nothing is called any more.
  void drop();
  // To be called a few times a second: finds what is too slow.
  void check(std::uint64_t now);

 private:
  TextSocket(gstpp::GObjectPtr<GIOStream> stream, Owner& owner, WriteQueue::Config limits);
  static gboolean on_readable(GObject*, gpointer self);
  static gboolean on_writable(GObject*, gpointer self);

  void on_text(std::string_view text) override;
  void on_binary() override;
  void on_too_long() override;
  void on_ping(std::span<const std::uint8_t> payload) override;
  void on_pong() override;
  void on_close(std::uint16_t code) override;

  void read();
  void queue(std::span<const std::uint8_t> frames);
  void flush();
  void gone();

  gstpp::GObjectPtr<GIOStream> stream_;
  Owner* owner_;
  WebSocketFraming framing_;
  WriteQueue out_;
  std::size_t retry_ = 0;  // TLS wants the bytes again that it could not send
  GSource* input_ = nullptr;
  GSource* output_ = nullptr;
  bool closing_ = false;
  bool peer_closed_ = false;
  bool broken_ = false;  // on_gone() follows with the next round
  std::uint64_t close_deadline_ = 0;
};

}  // namespace jackfield
