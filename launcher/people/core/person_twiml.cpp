#include "people/core/person_twiml.hpp"

#include <algorithm>
#include <array>

#include "text/xml_escape.hpp"

namespace jackfield::people {
namespace {

struct Phrases {
  std::string_view language;  // as Twilio's <Say> takes it
  std::string_view call, press, declined, gone, excuse;
};

constexpr std::array<Phrases, 5> kPhrases{{
    {"en-US", "A call for you.", "Press 1 to take the call, or any other key to decline.",
     "All right. Goodbye.", "The caller has hung up. Goodbye.",
     "The caller could not be connected. Goodbye."},
    {"de-DE", "Ein Anruf für Sie.",
     "Drücken Sie 1, um den Anruf anzunehmen, oder eine andere Taste, um ihn abzulehnen.",
     "In Ordnung. Auf Wiederhören.", "Der Anrufer hat aufgelegt. Auf Wiederhören.",
     "Der Anrufer konnte nicht verbunden werden. Auf Wiederhören."},
    {"fr-FR", "Un appel pour vous.",
     "Appuyez sur 1 pour prendre l'appel, ou sur une autre touche pour le refuser.",
     "C'est noté. Au revoir.", "Votre correspondant a raccroché. Au revoir.",
     "La mise en relation a échoué. Au revoir."},
    {"es-ES", "Una llamada para usted.",
     "Pulse 1 para atender la llamada, u otra tecla para rechazarla.", "De acuerdo. Adiós.",
     "La persona que llamaba ha colgado. Adiós.", "No se ha podido conectar la llamada. Adiós."},
    {"it-IT", "Una chiamata per lei.", "Prema 1 per rispondere, o un altro tasto per rifiutare.",
     "Va bene. Arrivederci.", "Chi chiamava ha riattaccato. Arrivederci.",
     "Non è stato possibile collegare la chiamata. Arrivederci."},
}};

constexpr int kSecondsForKey = 8;

const Phrases* find(std::string_view language) {
  const auto it = std::find_if(kPhrases.begin(), kPhrases.end(), [&](const Phrases& phrases) {
    return phrases.language.substr(0, 2) == language.substr(0, 2);
  });
  return it == kPhrases.end() ? nullptr : &*it;
}

// The phrases, and the language that they and the summary are spoken in.
struct Voice {
  const Phrases& phrases;
  std::string language;

  std::string say(std::string_view text) const {
    return "<Say language=\"" + xml_escape(language) + "\">" + xml_escape(text) + "</Say>";
  }
};

Voice voice_of(std::string_view language) {
  const Phrases* const found = find(language);
  const Phrases& phrases = found ? *found : kPhrases.front();
  // One that says its country is taken as it is.
  const bool exact = found && language.size() > 2;
  return {phrases, std::string{exact ? language : phrases.language}};
}

std::string response(const std::string& verbs) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>" + verbs + "</Response>\n";
}

std::string conference(std::string_view room, std::string_view events_url, const char* label) {
  // Silence in place of music: whoever is first waits a moment only.
  return response(
      "<Dial><Conference beep=\"false\" startConferenceOnEnter=\"true\" "
      "endConferenceOnExit=\"true\" maxParticipants=\"2\" waitUrl=\"\" participantLabel=\"" +
      std::string{label} + "\" statusCallback=\"" + xml_escape(events_url) +
      "\" statusCallbackEvent=\"join\">" + xml_escape(room) + "</Conference></Dial>");
}

}  // namespace

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string{text};
  // Not within a letter of UTF-8.
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return std::string{text.substr(0, most)} + "…";
}

bool has_phrases(std::string_view language) { return find(language) != nullptr; }

std::string briefing_twiml(std::string_view language, std::string_view summary,
                           std::string_view key_url) {
  const Voice voice = voice_of(language);
  std::string about = voice.say(voice.phrases.call);
  if (!summary.empty()) about += voice.say(shortened(summary, kMostSummary));
  const std::string gather = "<Gather input=\"dtmf\" numDigits=\"1\" timeout=\"" +
                             std::to_string(kSecondsForKey) + "\" method=\"POST\" action=\"" +
                             xml_escape(key_url) + "\">" + about + voice.say(voice.phrases.press) +
                             "</Gather>";
  return response(gather + gather + "<Hangup/>");
}

std::string person_conference_twiml(std::string_view room, std::string_view events_url) {
  return conference(room, events_url, "person");
}

std::string caller_conference_twiml(std::string_view room, std::string_view events_url) {
  return conference(room, events_url, "caller");
}

std::string return_twiml(std::string_view voice_url) {
  return response("<Redirect method=\"POST\">" + xml_escape(voice_url) + "</Redirect>");
}

std::string declined_twiml(std::string_view language) {
  const Voice voice = voice_of(language);
  return response(voice.say(voice.phrases.declined) + "<Hangup/>");
}

std::string gone_twiml(std::string_view language) {
  const Voice voice = voice_of(language);
  return response(voice.say(voice.phrases.gone) + "<Hangup/>");
}

std::string excuse_twiml(std::string_view language) {
  const Voice voice = voice_of(language);
  return response(voice.say(voice.phrases.excuse) + "<Hangup/>");
}

}  // namespace jackfield::people
