#include "phone_client.hpp"

#include "jackfield_process.hpp"

namespace jackfield::test {
namespace {

constexpr char kStreamSid[] = "MZ00000000000000000000000000000001";

void add(SoupMessage* message, const Headers& headers) {
  for (const auto& [name, value] : headers)
    soup_message_headers_replace(soup_message_get_request_headers(message), name.c_str(),
                                 value.c_str());
}

}  // namespace

Reply request(const std::string& method, const std::string& url, const std::string& form,
              const Headers& headers) {
  gstpp::GObjectPtr<SoupSession> session{soup_session_new_with_options("timeout", 30u, nullptr)};
  std::unique_ptr<GUri, gstpp::FreeWith<g_uri_unref>> uri{
      g_uri_parse(url.c_str(), G_URI_FLAGS_ENCODED, nullptr)};
  gstpp::GObjectPtr<SoupMessage> message{soup_message_new_from_uri(method.c_str(), uri.get())};
  add(message.get(), headers);
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

Reply raw_get(const std::string& address, const std::string& target, const Headers& headers) {
  gstpp::GObjectPtr<GSocketClient> client{g_socket_client_new()};
  g_socket_client_set_timeout(client.get(), 30);
  gstpp::GObjectPtr<GSocketConnection> connection{
      g_socket_client_connect_to_host(client.get(), address.c_str(), 80, nullptr, nullptr)};
  Reply reply;
  if (!connection) return reply;
  std::string text = "GET " + target + " HTTP/1.1\r\nHost: " + address + "\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  text += "\r\n";
  GIOStream* stream = G_IO_STREAM(connection.get());
  g_output_stream_write_all(g_io_stream_get_output_stream(stream), text.data(), text.size(),
                            nullptr, nullptr, nullptr);
  std::string answer;
  char buffer[4096];
  for (gssize n = 0; (n = g_input_stream_read(g_io_stream_get_input_stream(stream), buffer,
                                              sizeof buffer, nullptr, nullptr)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(n));
  if (answer.size() > 12) reply.status = static_cast<guint>(std::stoul(answer.substr(9, 3)));
  const std::size_t head = answer.find("\r\n\r\n");
  if (head != std::string::npos) reply.body = answer.substr(head + 4);
  return reply;
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string::npos) return {};
  const std::size_t end = text.find(after, begin + before.size());
  return text.substr(begin + before.size(), end - begin - before.size());
}

MediaStream::MediaStream(const std::string& url, const Headers& headers)
    : session_(soup_session_new_with_options("timeout", 30u, nullptr)),
      message_(soup_message_new("GET", url.c_str())) {
  add(message_.get(), headers);
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

void MediaStream::start(const std::string& token, const std::string& call_sid) {
  send(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  send(std::string{R"({"event":"start","sequenceNumber":"1","streamSid":")"} + kStreamSid +
       R"(","start":{"streamSid":")" + kStreamSid +
       R"(","accountSid":"AC00000000000000000000000000000001",)"
       R"("callSid":")" +
       call_sid +
       R"(","tracks":["inbound"],)"
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
