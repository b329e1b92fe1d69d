#include "opus_enc_settings.hpp"

#include "param_flags.hpp"

namespace sharedopus {

// opusenc's frame-size 2 is 2.5 ms.
GstClockTime frame_duration(FrameSize size) {
  if (size == FrameSize::k2_5) return 2500 * GST_USECOND;
  return static_cast<GstClockTime>(size) * GST_MSECOND;
}

GType audio_type_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(AudioType::kGeneric), "Generic audio", "generic"},
        {static_cast<gint>(AudioType::kVoice), "Voice", "voice"},
        {static_cast<gint>(AudioType::kRestrictedLowDelay), "Restricted low delay",
         "restricted-lowdelay"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstSharedOpusEncAudioType", values);
  }();
  return type;
}

GType bitrate_type_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(BitrateType::kCbr), "Constant bit rate", "cbr"},
        {static_cast<gint>(BitrateType::kVbr), "Variable bit rate", "vbr"},
        {static_cast<gint>(BitrateType::kConstrainedVbr),
         "Variable bit rate, the average constrained", "constrained-vbr"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstSharedOpusEncBitrateType", values);
  }();
  return type;
}

GType bandwidth_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(Bandwidth::kNarrow), "4 kHz", "narrowband"},
        {static_cast<gint>(Bandwidth::kMedium), "6 kHz", "mediumband"},
        {static_cast<gint>(Bandwidth::kWide), "8 kHz", "wideband"},
        {static_cast<gint>(Bandwidth::kSuperWide), "12 kHz", "superwideband"},
        {static_cast<gint>(Bandwidth::kFull), "20 kHz", "fullband"},
        {static_cast<gint>(Bandwidth::kAuto), "As the bit rate allows", "auto"},
        {0, nullptr, nullptr}};
    return g_enum_register_static("GstSharedOpusEncBandwidth", values);
  }();
  return type;
}

GType frame_size_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {{static_cast<gint>(FrameSize::k2_5), "2.5 ms", "2.5"},
                                        {static_cast<gint>(FrameSize::k5), "5 ms", "5"},
                                        {static_cast<gint>(FrameSize::k10), "10 ms", "10"},
                                        {static_cast<gint>(FrameSize::k20), "20 ms", "20"},
                                        {static_cast<gint>(FrameSize::k40), "40 ms", "40"},
                                        {static_cast<gint>(FrameSize::k60), "60 ms", "60"},
                                        {0, nullptr, nullptr}};
    return g_enum_register_static("GstSharedOpusEncFrameSize", values);
  }();
  return type;
}

jackfield::MemberProperties<Settings>* install_properties(GObjectClass* klass) {
  using jackfield::kReadWritePlaying;
  using jackfield::kReadWriteReady;
  const Settings defaults;
  auto* properties = new jackfield::MemberProperties<Settings>(klass);
  properties->add(
      g_param_spec_enum("audio-type", "Audio type", "What the encoder is tuned for",
                        audio_type_type(), static_cast<gint>(defaults.audio_type), kReadWriteReady),
      [](auto& settings) -> auto& { return settings.audio_type; });
  properties->add(
      g_param_spec_int("bitrate", "Bit rate", "Bit rate, without the packets' headers (bit/s)",
                       4000, 650000, defaults.controls.bitrate, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.controls.bitrate; });
  properties->add(
      g_param_spec_enum("bitrate-type", "Bit rate type", "How the bit rate varies",
                        bitrate_type_type(), static_cast<gint>(defaults.controls.bitrate_type),
                        kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.controls.bitrate_type; });
  properties->add(
      g_param_spec_enum("bandwidth", "Bandwidth", "The highest frequency that is coded",
                        bandwidth_type(), static_cast<gint>(defaults.controls.bandwidth),
                        kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.controls.bandwidth; });
  properties->add(
      g_param_spec_int("complexity", "Complexity", "Work on a frame: 0 least, 10 most and best", 0,
                       10, defaults.controls.complexity, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.controls.complexity; });
  properties->add(
      g_param_spec_enum("frame-size", "Frame size", "Sound in a packet (ms)", frame_size_type(),
                        static_cast<gint>(defaults.frame_size), kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.frame_size; });
  properties->add(
      g_param_spec_boolean("inband-fec", "In-band FEC",
                           "Packets restore the one before when it is lost; how much of it depends "
                           "on packet-loss-percentage",
                           defaults.controls.inband_fec, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.controls.inband_fec; });
  properties->add(
      g_param_spec_int("packet-loss-percentage", "Packet loss percentage",
                       "Loss that the encoder prepares for (%)", 0, 100,
                       defaults.controls.packet_loss_percentage, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.controls.packet_loss_percentage; });
  properties->add(
      g_param_spec_boolean("dtx", "DTX", "Hardly send anything during silence",
                           defaults.controls.dtx, kReadWritePlaying),
      [](auto& settings) -> auto& { return settings.controls.dtx; });
  properties->add_stats();
  return properties;
}

}  // namespace sharedopus
