// Text in XML. Pure.
#pragma once

#include <string>
#include <string_view>

namespace jackfield {

// `text` for XML content and attribute values. White space other than the space becomes a character
// reference; characters XML cannot hold are left out. `apostrophe` is what ' becomes: "&apos;", or
// "&#39;" where old readers of HTML must understand it too.
std::string xml_escape(std::string_view text, std::string_view apostrophe = "&apos;");

}  // namespace jackfield
