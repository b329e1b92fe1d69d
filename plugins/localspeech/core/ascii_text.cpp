#include "ascii_text.hpp"

#include "utf8.hpp"

namespace localspeech {
namespace {

// U+00C0 to U+017F without their accents; '_' stands for two letters, see below.
constexpr std::string_view kLatin =
    "AAAAAA_CEEEEIIIIDNOOOOO OUUUUY__aaaaaa_ceeeeiiiidnooooo ouuuuy_y"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi__JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo__"
    "RrRrRrSsSsSsSs"
    "TtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
static_assert(kLatin.size() == 0x180 - 0xC0);

std::string_view plain(char32_t c) {
  switch (c) {
    case U'\u00C6':
      return "AE";
    case U'\u00DE':
      return "Th";
    case U'\u00DF':
      return "ss";
    case U'\u00E6':
      return "ae";
    case U'\u00FE':
      return "th";
    case U'\u0132':
      return "IJ";
    case U'\u0133':
      return "ij";
    case U'\u0152':
      return "OE";
    case U'\u0153':
      return "oe";
    case U'\u2018':
    case U'\u2019':
    case U'\u02BC':
      return "'";
    case U'\u201C':
    case U'\u201D':
    case U'\u00AB':
    case U'\u00BB':
      return "\"";
    case U'\u2010':
    case U'\u2011':
    case U'\u2013':
      return "-";
    case U'\u2014':  // a dash between clauses is a pause
      return ", ";
    case U'\u2026':
      return "...";
    case U'\u20AC':
      return " euros ";
    case U'\u00A3':
      return " pounds ";
    case U'\u00B0':
      return " degrees ";
    case U'\u2028':
    case U'\u2029':
    case U'\u3002':
      return ".\n";
    default:
      break;
  }
  if (c >= 0xC0 && c < 0x180) {
    const char* base = &kLatin[c - 0xC0];
    return {base, 1};
  }
  return " ";
}

}  // namespace

std::string fold_to_ascii(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  std::size_t at = 0;
  while (at < utf8.size()) {
    const char32_t c = jackfield::decode_utf8(utf8, at);
    if (c == U'\n' || c == U'\r') {
      out += '\n';
    } else if (c < 0x20 || c == 0x7F || c == jackfield::kInvalidUtf8) {
      out += ' ';
    } else if (c < 0x80) {
      out += static_cast<char>(c);
    } else {
      out += plain(c);
    }
  }
  return out;
}

}  // namespace localspeech
