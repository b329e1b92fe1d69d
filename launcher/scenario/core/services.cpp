#include "scenario/core/services.hpp"

#include <algorithm>
#include <array>

namespace jackfield {
namespace {

struct Service {
  std::string_view factory;
  std::string_view key;      // variable of the environment
  std::string_view address;  // the same, "" if there is none
  std::string_view host;     // the service's own, and those below it
};

constexpr auto kServices = std::to_array<Service>({
    {"openaistt", "OPENAI_API_KEY", "OPENAI_BASE_URL", "api.openai.com"},
    {"openaillm", "OPENAI_API_KEY", "OPENAI_BASE_URL", "api.openai.com"},
    {"openaitts", "OPENAI_API_KEY", "OPENAI_BASE_URL", "api.openai.com"},
    {"openairealtime", "OPENAI_API_KEY", "OPENAI_BASE_URL", "api.openai.com"},
    {"deepgramstt", "DEEPGRAM_API_KEY", "", "deepgram.com"},
    {"elevenlabsstt", "ELEVENLABS_API_KEY", "", "elevenlabs.io"},
    {"elevenlabstts", "ELEVENLABS_API_KEY", "", "elevenlabs.io"},
});
constexpr std::string_view kOpenAi = "api.openai.com";

// As announced in OpenAI's client library 7.57.0 (November 2026). Snapshots, "gpt-5-2025-08-07",
// go with their models where that was said.
struct Announced {
  ModelShutdown what;
  bool snapshots = false;
};
constexpr auto kAnnounced = std::to_array<Announced>({
    {{"gpt-5", "2026-12-11", "gpt-6.1-sol"}, true},
    {{"gpt-5-mini", "2026-12-11", "gpt-6.1-terra"}, true},
    {{"gpt-5-nano", "2026-12-11", "gpt-6-luna"}, true},
    {{"o3", "2026-12-11", "gpt-6.1-sol"}},
    {{"tts-1", "2027-01-06", "gpt-realtime-2.1-mini with openairealtime"}, true},
    {{"tts-1-hd", "2027-01-06", "gpt-realtime-2.1-mini with openairealtime"}, true},
    {{"gpt-4o-mini-tts", "2027-01-06", "gpt-realtime-2.1-mini with openairealtime"}, true},
    {{"gpt-4.1", "2027-01-14", "gpt-6-luna"}},
    {{"gpt-4.1-mini", "2027-01-14", "gpt-6-luna"}},
    {{"gpt-4o", "2027-01-14", "gpt-6-luna"}},
    {{"gpt-4o-mini", "2027-01-14", "gpt-6-luna"}},
    {{"gpt-realtime", "2027-01-20", "gpt-realtime-2.1"}},
    {{"gpt-realtime-mini", "2027-01-20", "gpt-realtime-2.1-mini"}},
    {{"gpt-audio-mini", "2027-01-20", "gpt-realtime-2.1-mini"}},
    {{"whisper-1", "2027-02-26", "gpt-transcribe"}},
    {{"gpt-4o-transcribe", "2027-02-26", "gpt-transcribe"}},
    {{"gpt-4o-mini-transcribe", "2027-02-26", "gpt-transcribe"}},
    {{"gpt-4o-transcribe-diarize", "2027-02-26", "gpt-transcribe"}},
    {{"gpt-5.1", "2027-04-01", ""}},
    {{"gpt-5.4-nano", "2027-04-01", ""}},
});
// All of /v1/audio/speech goes, whatever the model.
constexpr ModelShutdown kSpeech{"", "2027-01-06",
                                "another text to speech element, or openairealtime"};

// Properties that name a model.
constexpr auto kModelProperties = std::to_array<std::string_view>({"model", "transcription-model"});

const Service* service_of(std::string_view factory) {
  const auto found = std::find_if(kServices.begin(), kServices.end(),
                                  [&](const Service& s) { return s.factory == factory; });
  return found == kServices.end() ? nullptr : &*found;
}

std::string_view host_of(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t user = url.rfind('@'); user != std::string_view::npos)
    url.remove_prefix(user + 1);
  return url.substr(0, url.find(':'));
}

std::string value_of(const ElementUse& element, std::string_view property) {
  const PropertyUse* use = element.find(property);
  return use ? use->value : "";
}

// Is it the service itself that the element speaks to, not another server of the same API?
bool at_the_service(const Service& service, const ElementUse& element,
                    const EnvironmentLookup& environment) {
  std::string url = value_of(element, "base-url");
  if (url.empty() && !service.address.empty()) url = environment(service.address).value_or("");
  if (url.empty()) return true;
  const std::string_view host = host_of(url);
  return host == service.host || host.ends_with("." + std::string{service.host});
}

bool is_date(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

bool is_model(const Announced& announced, std::string_view model) {
  const std::string_view name = announced.what.model;
  if (model == name) return true;
  return announced.snapshots && model.starts_with(name) && model.size() > name.size() &&
         model[name.size()] == '-' && is_date(model.substr(name.size() + 1));
}

}  // namespace

std::string MissingKey::text() const {
  std::string names;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) names += i + 1 == elements.size() ? " and " : ", ";
    names += elements[i];
  }
  return variable + " is not set: " + names + (elements.size() > 1 ? " need it" : " needs it");
}

bool is_service_key(std::string_view variable) {
  return std::any_of(kServices.begin(), kServices.end(),
                     [&](const Service& s) { return s.key == variable; });
}

std::vector<MissingKey> missing_keys(const std::vector<ElementUse>& elements,
                                     const EnvironmentLookup& environment) {
  std::vector<MissingKey> missing;
  for (const ElementUse& element : elements) {
    const Service* service = service_of(element.factory);
    if (!service || !value_of(element, "api-key").empty() ||
        !environment(service->key).value_or("").empty() ||
        !at_the_service(*service, element, environment))
      continue;
    auto entry = std::find_if(missing.begin(), missing.end(),
                              [&](const MissingKey& m) { return m.variable == service->key; });
    if (entry == missing.end())
      entry = missing.insert(entry, {.variable = std::string{service->key}, .elements = {}});
    auto& names = entry->elements;
    if (std::find(names.begin(), names.end(), element.factory) == names.end())
      names.push_back(element.factory);
  }
  return missing;
}

const ModelShutdown* find_shutdown(std::string_view factory, std::string_view model) {
  for (const Announced& announced : kAnnounced) {
    if (is_model(announced, model)) return &announced.what;
  }
  return factory == "openaitts" ? &kSpeech : nullptr;
}

std::vector<std::string> shutdown_warnings(const std::vector<ElementUse>& elements,
                                           const EnvironmentLookup& environment,
                                           std::string_view today) {
  std::vector<std::string> warnings;
  for (const ElementUse& element : elements) {
    const Service* service = service_of(element.factory);
    if (!service || service->host != kOpenAi || !at_the_service(*service, element, environment))
      continue;
    for (const std::string_view property : kModelProperties) {
      const std::string model = value_of(element, property);
      if (model.empty()) continue;
      const ModelShutdown* shutdown = find_shutdown(element.factory, model);
      if (!shutdown) continue;
      std::string text = "the model " + model + " of " + element.factory + " ";
      text += today < shutdown->date ? "will be shut down by OpenAI on "
                                     : "is gone: OpenAI shut it down on ";
      text += std::string{shutdown->date} + "; ";
      text += shutdown->replacement.empty() ? "set another one"
                                            : "use " + std::string{shutdown->replacement};
      if (std::find(warnings.begin(), warnings.end(), text) == warnings.end())
        warnings.push_back(std::move(text));
    }
  }
  return warnings;
}

}  // namespace jackfield
