#include "phone_client.hpp"

#include "jackfield_process.hpp"

namespace jackfield::test {
namespace {

constexpr char kStreamSid[] = "MZ00000000000000000000000000000001";

}  // namespace

Reply request(const std::string& method, const std::string& url, const std::string& form) {
  gstpp::GObjectPtr<SoupSession> session{soup_session_new_with_options("timeout", 30u, nullptr)};
  gstpp::GObjectPtr<SoupMessage> message{soup_message_new(method.c_str(), url.c_str())};
  if (!form.empty()) {
    gstpp::BytesPtr bytes{g_bytes_new(form.data(), form.size())};
    soup_message_set_request_body_from_bytes(message.get(), "application/x-www-form-urlencoded",
                                             bytes.get());
  }
  gstpp::BytesPtr body{soup_session_send_and_read(session.get(), message.get(), nullptr, nullptr)};
  Reply reply{.status = soup_message_get_status(message.get()), .type = {}, .body = {}};
  const char* type = soup_message_headers_get_content_type(
      soup_message_get_response_headers(message.get()), nullptr);
  reply.type = type ? type : "";
  gsize size = 0;
  if (body) {
    const auto* data = static_cast<const char*>(g_bytes_get_data(body.get(), &size));
    if (data) reply.body.assign(data, size);
  }
  return reply;
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string::npos) return {};
  const std::size_t end = text.find(after, begin + before.size());
  return text.substr(begin + before.size(), end - begin - before.size());
}

MediaStream::MediaStream(const std::string& url)
    : session_(soup_session_new_with_options("timeout", 30u, nullptr)),
      message_(soup_message_new("GET", url.c_str())) {
  soup_session_websocket_connect_async(
      session_.get(), message_.get(), nullptr, nullptr, G_PRIORITY_DEFAULT, nullptr,
      [](GObject* session, GAsyncResult* result, gpointer user) {
        auto* self = static_cast<MediaStream*>(user);
        self->socket_.reset(
            soup_session_websocket_connect_finish(SOUP_SESSION(session), result, nullptr));
        self->answered_ = true;
      },
      this);
  wait_for([&] { return answered_; });
  status_ = soup_message_get_status(message_.get());
  if (!socket_) return;
  g_signal_connect(socket_.get(), "message", G_CALLBACK(on_message), this);
  g_signal_connect(socket_.get(), "closed",
                   G_CALLBACK(+[](SoupWebsocketConnection*, bool* closed) { *closed = true; }),
                   &closed_);
}

MediaStream::~MediaStream() {
  if (socket_) g_signal_handlers_disconnect_by_data(socket_.get(), this);
  if (socket_) g_signal_handlers_disconnect_by_data(socket_.get(), &closed_);
}

void MediaStream::send(const std::string& text) {
  if (soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text(socket_.get(), text.c_str());
}

void MediaStream::start(const std::string& token) {
  send(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  send(std::string{R"({"event":"start","sequenceNumber":"1","streamSid":")"} + kStreamSid +
       R"(","start":{"streamSid":")" + kStreamSid +
       R"(","accountSid":"AC00000000000000000000000000000001",)"
       R"("callSid":"CA00000000000000000000000000000001","tracks":["inbound"],)"
       R"("mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
       R"("customParameters":{"from":"+15550001111","token":")" +
       token + R"("}}})");
  sequence_ = 1;
}

void MediaStream::send_audio(int count, unsigned char value) {
  const std::string frame(160, static_cast<char>(value));
  gstpp::CharPtr payload{
      g_base64_encode(reinterpret_cast<const guchar*>(frame.data()), frame.size())};
  const gint64 begin = g_get_monotonic_time();
  for (int i = 0; i < count; ++i) {
    wait_for([&] { return g_get_monotonic_time() >= begin + i * 20000; });
    send(std::string{R"({"event":"media","sequenceNumber":")"} + std::to_string(++sequence_) +
         R"(","streamSid":")" + kStreamSid + R"(","media":{"track":"inbound","chunk":")" +
         std::to_string(chunk_ + 1) + R"(","timestamp":")" + std::to_string(chunk_ * 20) +
         R"(","payload":")" + payload.get() + R"("}})");
    ++chunk_;
  }
}

void MediaStream::close() {
  if (socket_ && soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close(socket_.get(), SOUP_WEBSOCKET_CLOSE_NORMAL, nullptr);
  wait_for([&] { return closed_; });
}

void MediaStream::on_message(SoupWebsocketConnection*, gint, GBytes* bytes, gpointer user) {
  auto* self = static_cast<MediaStream*>(user);
  gsize size = 0;
  const auto* data = static_cast<const char*>(g_bytes_get_data(bytes, &size));
  const std::string payload = between({data, size}, "\"payload\":\"", "\"");
  if (payload.empty()) return;
  gsize length = 0;
  guchar* audio = g_base64_decode(payload.c_str(), &length);
  for (gsize i = 0; i < length; ++i) ++self->received_[audio[i]];
  g_free(audio);
}

}  // namespace jackfield::test
