// A far end for the benchmark of browser calls: GStreamer's webrtcbin as it is by default, with a
// live source, and a sink that plays by the clock.
//
//   webrtc_plain FILE      prints its port; appends the times of bursts to FILE as tonemeter does
//
// Each WebSocket is a call: an offer and candidates come, an answer and candidates go.
#define GST_USE_UNSTABLE_API
#include <gst/gst.h>
#include <gst/sdp/sdp.h>
#include <gst/webrtc/webrtc.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "gstpp.hpp"
#include "tone_bursts.hpp"

namespace {

using gstpp::CharPtr;
using gstpp::ElementPtr;
using gstpp::GObjectPtr;
using gstpp::PadPtr;

constexpr unsigned kRate = 48000;
constexpr char kSource[] =
    "audiotestsrc is-live=true wave=silence samplesperbuffer=480 ! "
    "audio/x-raw,format=S16LE,rate=48000,channels=1 ! identity name=mouth ! opusenc "
    "audio-type=voice bitrate=32000 ! rtpopuspay pt=%u ! "
    "capsfilter caps=application/x-rtp,media=audio,encoding-name=OPUS,payload=%u";
constexpr char kSink[] =
    "rtpopusdepay ! opusdec ! audioconvert ! audioresample ! "
    "audio/x-raw,format=S16LE,rate=48000,channels=1 ! fakesink name=ear sync=true "
    "signal-handoffs=true";

std::FILE* log_file = nullptr;
std::mutex log_lock;

void note(const char* what, gint64 at) {
  const std::lock_guard guard(log_lock);
  std::fprintf(log_file, "%s %" G_GINT64_FORMAT "\n", what, at);
}

gint64 microseconds(std::size_t samples) {
  return static_cast<gint64>(samples) * G_USEC_PER_SEC / kRate;
}

struct Call {
  GObjectPtr<SoupWebsocketConnection> socket;
  ElementPtr pipeline, peer;
  jackfield::bench::ToneBursts bursts{kRate, 1};
  jackfield::bench::BurstFinder finder{kRate};
  bool heard = false;

  ~Call() {
    if (!pipeline) return;
    const gstpp::BusPtr bus(gst_element_get_bus(pipeline.get()));
    gst_bus_remove_watch(bus.get());
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }
};

// Main thread.
std::map<SoupWebsocketConnection*, std::unique_ptr<Call>>& calls() {
  static std::map<SoupWebsocketConnection*, std::unique_ptr<Call>> all;
  return all;
}

// From any thread; nothing when the call is over by then.
void send_later(Call* call, JsonBuilder* builder) {
  struct Job {
    SoupWebsocketConnection* socket;
    std::string text;
  };
  json_builder_end_object(builder);
  JsonNode* root = json_builder_get_root(builder);
  CharPtr text(json_to_string(root, FALSE));
  json_node_unref(root);
  g_object_unref(builder);
  g_idle_add(
      [](gpointer data) -> gboolean {
        const std::unique_ptr<Job> job(static_cast<Job*>(data));
        if (calls().contains(job->socket))
          soup_websocket_connection_send_text(job->socket, job->text.c_str());
        return G_SOURCE_REMOVE;
      },
      new Job{call->socket.get(), text.get()});
}

JsonBuilder* message(const char* type) {
  JsonBuilder* builder = json_builder_new();
  json_builder_begin_object(builder);
  json_builder_set_member_name(builder, "type");
  json_builder_add_string_value(builder, type);
  return builder;
}

void add_string(JsonBuilder* builder, const char* name, const char* value) {
  json_builder_set_member_name(builder, name);
  json_builder_add_string_value(builder, value);
}

void on_candidate(GstElement*, guint line, const gchar* candidate, gpointer data) {
  JsonBuilder* builder = message("ice-candidate");
  add_string(builder, "candidate", candidate);
  json_builder_set_member_name(builder, "sdpMLineIndex");
  json_builder_add_int_value(builder, line);
  send_later(static_cast<Call*>(data), builder);
}

void on_answer(GstPromise* promise, gpointer data) {
  auto* call = static_cast<Call*>(data);
  GstWebRTCSessionDescription* answer = nullptr;
  gst_structure_get(gst_promise_get_reply(promise), "answer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
                    &answer, nullptr);
  gst_promise_unref(promise);
  if (!answer) return;
  g_signal_emit_by_name(call->peer.get(), "set-local-description", answer, nullptr);
  CharPtr sdp(gst_sdp_message_as_text(answer->sdp));
  JsonBuilder* builder = message("answer");
  add_string(builder, "sdp", sdp.get());
  send_later(call, builder);
  gst_webrtc_session_description_free(answer);
}

void on_offer_set(GstPromise* promise, gpointer data) {
  gst_promise_unref(promise);
  g_signal_emit_by_name(static_cast<Call*>(data)->peer.get(), "create-answer", nullptr,
                        gst_promise_new_with_change_func(on_answer, data, nullptr));
}

GstPadProbeReturn speak(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* call = static_cast<Call*>(data);
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  info->data = buffer;
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE)) return GST_PAD_PROBE_OK;
  const std::span samples(reinterpret_cast<std::int16_t*>(map.data), map.size / 2);
  if (const auto mouth = call->bursts.fill(samples))
    note("mouth", g_get_real_time() - microseconds(samples.size() - *mouth));
  gst_buffer_unmap(buffer, &map);
  GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_GAP);
  return GST_PAD_PROBE_OK;
}

void listen(GstElement*, GstBuffer* buffer, GstPad*, gpointer data) {
  const gint64 now = g_get_real_time();
  auto* call = static_cast<Call*>(data);
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return;
  const std::span samples(reinterpret_cast<const std::int16_t*>(map.data), map.size / 2);
  if (const auto ear = call->finder.feed(samples)) note("ear", now + microseconds(*ear));
  if (!call->heard && call->finder.heard_anything()) {
    call->heard = true;
    note("first", now);
  }
  gst_buffer_unmap(buffer, &map);
}

GstElement* add_bin(Call& call, const char* description) {
  gstpp::ErrorPtr error;
  GstElement* bin =
      gst_parse_bin_from_description(description, TRUE, gstpp::OutPtr<gstpp::ErrorPtr>{error});
  if (!bin) {
    std::fprintf(stderr, "webrtc_plain: %s\n", error->message);
    std::exit(1);
  }
  gst_bin_add(GST_BIN(call.pipeline.get()), bin);
  return bin;
}

void on_pad(GstElement*, GstPad* pad, gpointer data) {
  if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
  auto* call = static_cast<Call*>(data);
  GstElement* bin = add_bin(*call, kSink);
  const ElementPtr ear(gst_bin_get_by_name(GST_BIN(bin), "ear"));
  g_signal_connect(ear.get(), "handoff", G_CALLBACK(listen), call);
  const PadPtr sink(gst_element_get_static_pad(bin, "sink"));
  gst_pad_link(pad, sink.get());
  gst_element_sync_state_with_parent(bin);
}

unsigned opus_payload_type(const GstSDPMessage* offer) {
  for (guint i = 0; i < gst_sdp_message_medias_len(offer); ++i) {
    const GstSDPMedia* media = gst_sdp_message_get_media(offer, i);
    for (guint k = 0; k < gst_sdp_media_attributes_len(media); ++k) {
      const GstSDPAttribute* attribute = gst_sdp_media_get_attribute(media, k);
      if (g_str_equal(attribute->key, "rtpmap") && g_strrstr(attribute->value, "opus/48000"))
        return static_cast<unsigned>(std::atoi(attribute->value));
    }
  }
  return 111;
}

void take_offer(Call& call, const char* text) {
  GstSDPMessage* sdp = nullptr;
  gst_sdp_message_new_from_text(text, &sdp);
  const unsigned payload_type = opus_payload_type(sdp);
  CharPtr description(g_strdup_printf(kSource, payload_type, payload_type));
  GstElement* bin = add_bin(call, description.get());
  const ElementPtr mouth(gst_bin_get_by_name(GST_BIN(bin), "mouth"));
  const PadPtr tap(gst_element_get_static_pad(mouth.get(), "src"));
  gst_pad_add_probe(tap.get(), GST_PAD_PROBE_TYPE_BUFFER, speak, &call, nullptr);
  gst_element_link(bin, call.peer.get());
  gst_element_sync_state_with_parent(bin);
  GstWebRTCSessionDescription* offer =
      gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_OFFER, sdp);
  g_signal_emit_by_name(call.peer.get(), "set-remote-description", offer,
                        gst_promise_new_with_change_func(on_offer_set, &call, nullptr));
  gst_webrtc_session_description_free(offer);
}

void on_message(SoupWebsocketConnection*, gint, GBytes* bytes, gpointer data) {
  auto* call = static_cast<Call*>(data);
  gsize length = 0;
  const auto* text = static_cast<const char*>(g_bytes_get_data(bytes, &length));
  const GObjectPtr<JsonParser> parser(json_parser_new());
  if (!json_parser_load_from_data(parser.get(), text, static_cast<gssize>(length), nullptr)) return;
  JsonObject* object = json_node_get_object(json_parser_get_root(parser.get()));
  const std::string type = json_object_get_string_member_with_default(object, "type", "");
  if (type == "join") {
    send_later(call, message("joined"));
  } else if (type == "offer") {
    take_offer(*call, json_object_get_string_member(object, "sdp"));
  } else if (type == "ice-candidate") {
    const char* candidate =
        json_object_get_string_member_with_default(object, "candidate", nullptr);
    const auto line = json_object_get_int_member_with_default(object, "sdpMLineIndex", 0);
    if (candidate && *candidate)
      g_signal_emit_by_name(call->peer.get(), "add-ice-candidate", static_cast<guint>(line),
                            candidate);
  }
}

void on_closed(SoupWebsocketConnection* socket, gpointer) { calls().erase(socket); }

gboolean on_bus(GstBus*, GstMessage* given, gpointer data) {
  if (GST_MESSAGE_TYPE(given) == GST_MESSAGE_LATENCY)
    gst_bin_recalculate_latency(GST_BIN(static_cast<Call*>(data)->pipeline.get()));
  return TRUE;
}

void on_call(SoupServer*, SoupServerMessage*, const char*, SoupWebsocketConnection* socket,
             gpointer) {
  auto made = std::make_unique<Call>();
  Call* call = made.get();
  call->socket.reset(SOUP_WEBSOCKET_CONNECTION(g_object_ref(socket)));
  call->pipeline.reset(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  call->peer = gstpp::make_element("webrtcbin");
  g_object_set(call->peer.get(), "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, nullptr);
  GObject* agent = nullptr;
  g_object_get(call->peer.get(), "ice-agent", &agent, nullptr);
  gboolean added = FALSE;
  g_signal_emit_by_name(agent, "add-local-ip-address", "127.0.0.1", &added);
  g_object_unref(agent);
  g_signal_connect(call->peer.get(), "on-ice-candidate", G_CALLBACK(on_candidate), call);
  g_signal_connect(call->peer.get(), "pad-added", G_CALLBACK(on_pad), call);
  gst_bin_add(GST_BIN(call->pipeline.get()), GST_ELEMENT(gst_object_ref(call->peer.get())));
  const gstpp::BusPtr bus(gst_element_get_bus(call->pipeline.get()));
  gst_bus_add_watch(bus.get(), on_bus, call);
  gst_element_set_state(call->pipeline.get(), GST_STATE_PLAYING);
  g_signal_connect(socket, "message", G_CALLBACK(on_message), call);
  g_signal_connect(socket, "closed", G_CALLBACK(on_closed), nullptr);
  calls()[socket] = std::move(made);
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 2) return 2;
  log_file = std::fopen(argv[1], "a");
  if (!log_file) return 1;
  std::setvbuf(log_file, nullptr, _IOLBF, 0);
  const GObjectPtr<SoupServer> server(soup_server_new(nullptr, nullptr));
  std::array<char*, 2> protocols{const_cast<char*>("jackfield.v1"), nullptr};
  soup_server_add_websocket_handler(server.get(), "/signal", nullptr, protocols.data(), on_call,
                                    nullptr, nullptr);
  const GObjectPtr<GSocketAddress> address(g_inet_socket_address_new_from_string("127.0.0.1", 0));
  if (!soup_server_listen(server.get(), address.get(), SoupServerListenOptions{}, nullptr))
    return 1;
  GSList* uris = soup_server_get_uris(server.get());
  std::printf("%d\n", g_uri_get_port(static_cast<GUri*>(uris->data)));
  std::fflush(stdout);
  g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
  GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
  g_main_loop_run(loop);
}
