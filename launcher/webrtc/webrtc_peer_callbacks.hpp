// What webrtcbin calls on threads of its own, as WebRtcPeer's files see it: each call hops to the
// main thread, and finds nobody there once the peer is closed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "webrtc/webrtc_peer.hpp"

GST_DEBUG_CATEGORY_EXTERN(webrtc_peer_debug);
#define GST_CAT_DEFAULT webrtc_peer_debug

namespace jackfield::webrtc {

struct WebRtcPeer::Callbacks {
  struct Job {
    Weak peer;
    std::function<void(WebRtcPeer&)> run;
  };

  static void hop(const Weak& peer, std::function<void(WebRtcPeer&)> run) {
    g_idle_add_full(
        G_PRIORITY_DEFAULT,
        [](gpointer user) -> gboolean {
          auto* job = static_cast<Job*>(user);
          if (const auto alive = job->peer.lock(); alive && alive->listener_) job->run(*alive);
          return G_SOURCE_REMOVE;
        },
        new Job{peer, std::move(run)}, [](gpointer user) { delete static_cast<Job*>(user); });
  }

  using Reply = std::shared_ptr<GstStructure>;
  struct Promised {
    Weak peer;
    std::function<void(WebRtcPeer&, const GstStructure*)> done;
  };

  // The reply is nullptr when there is none.
  static GstPromise* promise(WebRtcPeer& peer,
                             std::function<void(WebRtcPeer&, const GstStructure*)> done) {
    return gst_promise_new_with_change_func(
        [](GstPromise* promise, gpointer user) {
          auto* promised = static_cast<Promised*>(user);
          const GstStructure* got = gst_promise_wait(promise) == GST_PROMISE_RESULT_REPLIED
                                        ? gst_promise_get_reply(promise)
                                        : nullptr;
          Reply reply{got ? gst_structure_copy(got) : nullptr, [](GstStructure* s) {
                        if (s) gst_structure_free(s);
                      }};
          hop(promised->peer,
              [done = promised->done, reply](WebRtcPeer& p) { done(p, reply.get()); });
        },
        new Promised{peer.weak_from_this(), std::move(done)},
        [](gpointer user) { delete static_cast<Promised*>(user); });
  }

  static std::optional<std::string> error_of(const GstStructure* reply) {
    const GValue* value = reply ? gst_structure_get_value(reply, "error") : nullptr;
    if (!value || !G_VALUE_HOLDS(value, G_TYPE_ERROR)) return std::nullopt;
    const auto* error = static_cast<const GError*>(g_value_get_boxed(value));
    return error ? error->message : "no reason was given";
  }

  static const Weak& weak(gpointer user) { return *static_cast<Weak*>(user); }

  static void on_ice_candidate(GstElement*, guint, gchar* text, gpointer user) {
    hop(weak(user), [candidate = std::string{text ? text : ""}](WebRtcPeer& p) {
      p.new_local_candidate(candidate);
    });
  }
  static void on_gathering(GObject* object, GParamSpec*, gpointer user) {
    GstWebRTCICEGatheringState state = GST_WEBRTC_ICE_GATHERING_STATE_NEW;
    g_object_get(object, "ice-gathering-state", &state, nullptr);
    if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
      hop(weak(user), [](WebRtcPeer& p) { p.gathered(); });
  }
  static void on_state(GObject* object, GParamSpec*, gpointer user) {
    GstWebRTCPeerConnectionState state = GST_WEBRTC_PEER_CONNECTION_STATE_NEW;
    g_object_get(object, "connection-state", &state, nullptr);
    hop(weak(user), [state](WebRtcPeer& p) { p.state_changed(state); });
  }
  static void on_ice_state(GObject* object, GParamSpec*, gpointer user) {
    GstWebRTCICEConnectionState state = GST_WEBRTC_ICE_CONNECTION_STATE_NEW;
    g_object_get(object, "ice-connection-state", &state, nullptr);
    hop(weak(user), [state](WebRtcPeer& p) { p.ice_state_changed(state); });
  }

  static gulong connect(WebRtcPeer& peer, const char* signal, GCallback callback) {
    return g_signal_connect_data(
        peer.webrtcbin_.get(), signal, callback, new Weak{peer.weak_from_this()},
        [](gpointer user, GClosure*) { delete static_cast<Weak*>(user); }, GConnectFlags{});
  }
};

}  // namespace jackfield::webrtc
