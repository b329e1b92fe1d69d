#include "agent_server.hpp"

#include <algorithm>
#include <future>

#include "simulate/core/codec.hpp"

namespace jackfield::simulate {
namespace {

std::map<std::string, std::string> headers_of(SoupServerMessage* message) {
  std::map<std::string, std::string> out;
  SoupMessageHeadersIter iter;
  soup_message_headers_iter_init(&iter, soup_server_message_get_request_headers(message));
  const char* name = nullptr;
  const char* value = nullptr;
  while (soup_message_headers_iter_next(&iter, &name, &value)) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return g_ascii_tolower(c); });
    out[lower] = value;
  }
  return out;
}

ReceivedForm received(SoupServerMessage* message, GHashTable* query) {
  ReceivedForm out;
  out.headers = headers_of(message);
  out.method = soup_server_message_get_method(message);
  SoupMessageBody* body = soup_server_message_get_request_body(message);
  GHashTable* form = body->length > 0
                         ? soup_form_decode(std::string(body->data, body->length).c_str())
                         : (query ? g_hash_table_ref(query) : nullptr);
  if (!form) return out;
  GHashTableIter iter;
  gpointer key = nullptr, value = nullptr;
  g_hash_table_iter_init(&iter, form);
  while (g_hash_table_iter_next(&iter, &key, &value))
    out.form[static_cast<char*>(key)] = static_cast<char*>(value);
  g_hash_table_unref(form);
  return out;
}

std::string text_at(const JsonValue& object, const char* name) {
  const JsonValue* value = object.find(name);
  return value && value->is(JsonValue::Kind::kString) ? value->string : "?";
}

}  // namespace

void AgentStream::send(const std::string& text) {
  soup_websocket_connection_send_text(socket_, text.c_str());
}
void AgentStream::send_binary(std::size_t size) {
  const std::string zeros(size, '\0');
  soup_websocket_connection_send_binary(socket_, zeros.data(), zeros.size());
}
void AgentStream::send_raw(const std::string& bytes) {
  GIOStream* stream = soup_websocket_connection_get_io_stream(socket_);
  g_output_stream_write_all(g_io_stream_get_output_stream(stream), bytes.data(), bytes.size(),
                            nullptr, nullptr, nullptr);
}
void AgentStream::media(const std::string& payload) {
  send("{\"event\":\"media\",\"streamSid\":\"" + sid + "\",\"media\":{\"payload\":\"" + payload +
       "\"}}");
}
void AgentStream::media(std::size_t bytes, std::uint8_t code) {
  // Alternating signs, so that it is heard.
  std::vector<std::uint8_t> mulaw(bytes, code);
  for (std::size_t i = 0; i < bytes; ++i)
    if (i / 8 % 2) mulaw[i] = static_cast<std::uint8_t>(code ^ 0x80);
  std::string payload;
  base64_append(payload, mulaw);
  media(payload);
}
void AgentStream::mark(const std::string& name) {
  send("{\"event\":\"mark\",\"streamSid\":\"" + sid + "\",\"mark\":{\"name\":\"" + name + "\"}}");
}
void AgentStream::clear() { send("{\"event\":\"clear\",\"streamSid\":\"" + sid + "\"}"); }
void AgentStream::close() {
  // Messages that were read in one go may each ask for it.
  if (soup_websocket_connection_get_state(socket_) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close(socket_, 1000, nullptr);
}

void AgentStream::stop_reading() {
  // Blocks the server's thread: nothing is read, the socket's buffers fill.
  g_usleep(3 * G_USEC_PER_SEC);
}

void AgentStream::check(bool good, const std::string& what) {
  if (!good) faults.push_back("message " + std::to_string(messages) + ": " + what);
}

void AgentStream::receive(const std::string& text) {
  const JsonResult json = parse_json(text);
  ++messages;
  if (!json.value) return check(false, "bad JSON");
  const JsonValue& m = *json.value;
  const std::string event = text_at(m, "event");
  check(!stopped, "after stop");
  if (messages == 1) {
    check(text == R"({"event":"connected","protocol":"Call","version":"1.0.0"})", text);
    return;
  }
  check((messages == 2) == (event == "start"), "start out of order");
  if (event == "start") {
    sid = text_at(m, "streamSid");
    const JsonValue& start = *m.find("start");
    call_sid = text_at(start, "callSid");
    check(sid.size() == 34 && sid.starts_with("MZ"), "streamSid " + sid);
    check(call_sid.size() == 34 && call_sid.starts_with("CA"), "callSid " + call_sid);
    check(text_at(start, "accountSid").starts_with("AC"), "accountSid");
    check(text_at(start, "streamSid") == sid, "start.streamSid");
    for (const JsonMember& p : start.find("customParameters")->members)
      events.push_back("parameter:" + p.key + "=" + p.value.string);
  }
  check(text_at(m, "streamSid") == sid, "streamSid");
  check(text_at(m, "sequenceNumber") == std::to_string(messages - 1), "sequenceNumber");
  if (event == "media") {
    const JsonValue& media = *m.find("media");
    check(text_at(media, "track") == "inbound", "track");
    check(text_at(media, "chunk") == std::to_string(++chunks), "chunk");
    check(text_at(media, "timestamp") == std::to_string(audio.size() / 8), "timestamp");
    const auto mulaw = base64_decode(text_at(media, "payload"));
    check(mulaw.has_value(), "payload");
    if (mulaw) audio.append(mulaw->begin(), mulaw->end());
    return;
  }
  stopped = event == "stop";
  const JsonValue* body = m.find(event);
  events.push_back(event == "mark"   ? "mark:" + text_at(*body, "name")
                   : event == "dtmf" ? "dtmf:" + text_at(*body, "track") + text_at(*body, "digit")
                                     : event);
}

AgentServer::AgentServer(Answers answers, Handler handler, int port)
    : answers_(std::move(answers)),
      handler_(std::move(handler)),
      context_(g_main_context_new()),
      loop_(g_main_loop_new(context_, FALSE)) {
  std::promise<int> listening;
  thread_ = std::thread([this, &listening, port] {
    g_main_context_push_thread_default(context_);
    server_ = soup_server_new(nullptr, nullptr);
    soup_server_add_handler(server_, "/voice", on_webhook, this, nullptr);
    soup_server_add_handler(server_, "/status", on_callback, this, nullptr);
    soup_server_add_websocket_handler(server_, "/media", nullptr, nullptr, on_stream, this,
                                      nullptr);
    soup_server_listen_local(server_, static_cast<guint>(port), SOUP_SERVER_LISTEN_IPV4_ONLY,
                             nullptr);
    GSList* uris = soup_server_get_uris(server_);
    const int bound = g_uri_get_port(static_cast<GUri*>(uris->data));
    g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
    listening.set_value(bound);
    g_main_loop_run(loop_);
    {
      // Streams go without a word: the test is over.
      std::lock_guard guard{lock_};
      for (auto& [socket, stream] : streams_) {
        g_signal_handlers_disconnect_by_data(socket, this);
        g_object_unref(socket);
      }
    }
    soup_server_disconnect(server_);
    g_object_unref(server_);
    while (g_main_context_iteration(context_, FALSE)) {
    }
    g_main_context_pop_thread_default(context_);
  });
  port_ = listening.get_future().get();
}

AgentServer::~AgentServer() {
  // Through the context: the loop may not run yet.
  g_main_context_invoke(
      context_,
      [](gpointer loop) -> gboolean {
        g_main_loop_quit(static_cast<GMainLoop*>(loop));
        return G_SOURCE_REMOVE;
      },
      loop_);
  thread_.join();
  g_main_loop_unref(loop_);
  g_main_context_unref(context_);
}

std::string AgentServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/voice";
}
std::string AgentServer::stream_url() const {
  return "ws://127.0.0.1:" + std::to_string(port_) + answers_.stream_path;
}

std::vector<ReceivedForm> AgentServer::webhooks() {
  std::lock_guard guard{lock_};
  return webhooks_;
}
std::vector<ReceivedForm> AgentServer::callbacks() {
  std::lock_guard guard{lock_};
  return callbacks_;
}
std::vector<ReceivedForm> AgentServer::handshakes() {
  std::lock_guard guard{lock_};
  return handshakes_;
}
std::vector<AgentStream> AgentServer::streams() {
  std::lock_guard guard{lock_};
  std::vector<AgentStream> out;
  for (const auto& [socket, stream] : streams_) out.push_back(stream);
  return out;
}

void AgentServer::on_webhook(SoupServer*, SoupServerMessage* message, const char*,
                             GHashTable* query, gpointer data) {
  auto& self = *static_cast<AgentServer*>(data);
  {
    std::lock_guard guard{self.lock_};
    self.webhooks_.push_back(received(message, query));
  }
  const Answers& a = self.answers_;
  if (a.silent) {
    soup_server_message_pause(message);
    return;
  }
  std::string body = a.twiml;
  if (body.empty())
    body = "<?xml version=\"1.0\"?><Response><Connect><Stream url=\"" + self.stream_url() + "\" " +
           a.stream_attributes + ">" + a.parameters + "</Stream></Connect></Response>";
  soup_server_message_set_status(message, static_cast<guint>(a.status), nullptr);
  if (a.status / 100 == 3)
    soup_message_headers_replace(soup_server_message_get_response_headers(message), "Location",
                                 "/voice");
  soup_server_message_set_response(message, a.type.c_str(), SOUP_MEMORY_COPY, body.data(),
                                   body.size());
}

void AgentServer::on_callback(SoupServer*, SoupServerMessage* message, const char*,
                              GHashTable* query, gpointer data) {
  auto& self = *static_cast<AgentServer*>(data);
  std::lock_guard guard{self.lock_};
  self.callbacks_.push_back(received(message, query));
  soup_server_message_set_status(message, 204, nullptr);
}

void AgentServer::on_stream(SoupServer*, SoupServerMessage* message, const char*,
                            SoupWebsocketConnection* socket, gpointer data) {
  auto& self = *static_cast<AgentServer*>(data);
  g_object_ref(socket);
  {
    std::lock_guard guard{self.lock_};
    self.handshakes_.push_back({headers_of(message), {}, "GET"});
    self.streams_.emplace(socket, AgentStream{socket});
  }
  g_signal_connect(socket, "message", G_CALLBACK(on_message), data);
  g_signal_connect(socket, "closed", G_CALLBACK(on_closed), data);
}

void AgentServer::on_message(SoupWebsocketConnection* socket, int, GBytes* bytes, gpointer data) {
  auto& self = *static_cast<AgentServer*>(data);
  gsize size = 0;
  const auto* text = static_cast<const char*>(g_bytes_get_data(bytes, &size));
  AgentStream* stream = nullptr;
  {
    std::lock_guard guard{self.lock_};
    stream = &self.streams_.at(socket);
    stream->receive({text, size});
  }
  // Only this thread changes the map, and its nodes stay where they are.
  if (self.handler_)
    if (const auto json = parse_json({text, size}); json.value) self.handler_(*stream, *json.value);
}

void AgentServer::on_closed(SoupWebsocketConnection* socket, gpointer data) {
  auto& self = *static_cast<AgentServer*>(data);
  std::lock_guard guard{self.lock_};
  self.streams_.at(socket).closed = true;
}

}  // namespace jackfield::simulate
