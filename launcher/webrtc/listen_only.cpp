#include "webrtc/listen_only.hpp"

namespace jackfield::webrtc {
namespace {

GstPadProbeReturn on_audio(GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_DROP; }

// On a streaming thread, before the first packet.
void on_pad_added(GstElement*, GstPad* pad, gpointer) {
  if (!GST_PAD_IS_SRC(pad)) return;
  gst_pad_add_probe(
      pad, static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
      on_audio, nullptr, nullptr);
}

}  // namespace

void drop_incoming(GstElement* webrtcbin) {
  g_signal_connect(webrtcbin, "pad-added", G_CALLBACK(on_pad_added), nullptr);
}

}  // namespace jackfield::webrtc
