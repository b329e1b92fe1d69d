#include "listen_url.hpp"

#include "settings_text.hpp"
#include "url_query.hpp"

namespace deepgram {

using jackfield::two_decimals;

std::string listen_url(const ListenSettings& settings, const jackfield::SttFormat& format) {
  jackfield::UrlQuery query;
  const std::string model = !settings.model.empty() ? settings.model
                            : settings.flux         ? "flux-general-en"
                                                    : "nova-3";
  query.add("model", model);
  query.add("encoding", format.mulaw ? "mulaw" : "linear16");
  query.add("sample_rate", static_cast<long>(format.rate));
  if (settings.flux) {
    query.add_if("language_hint", settings.language);
    query.add("eot_threshold", two_decimals(settings.eot_threshold));
    if (settings.eager_eot_threshold > 0) {
      query.add("eager_eot_threshold", two_decimals(settings.eager_eot_threshold));
    }
    query.add("eot_timeout_ms", static_cast<long>(settings.eot_timeout_ns / 1'000'000));
  } else {
    query.add("channels", 1L);
    query.add_if("language", settings.language);
    query.add("interim_results", "true");
    query.add("endpointing", static_cast<long>(settings.endpointing_ns / 1'000'000));
    // Where there is noise, speech_final may be missing.
    query.add("utterance_end_ms", "1000");
    if (settings.smart_format) query.add("smart_format", "true");
    if (settings.vad_events) query.add("vad_events", "true");
  }
  for (const std::string& term : settings.keyterms) query.add("keyterm", term);
  std::string url = jackfield::websocket_base(settings.base_url) +
                    (settings.flux ? "/v2/listen" : "/v1/listen") + query.text();
  if (!settings.extra.empty()) url += "&" + settings.extra;
  return url;
}

}  // namespace deepgram
