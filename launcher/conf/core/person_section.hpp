// [person NAME] of jackfield.conf. Pure.
#pragma once

#include <map>
#include <string>

#include "conf/core/conf_keys.hpp"
#include "people/core/person.hpp"

namespace jackfield {

struct PersonConf {
  people::Person person;
  // Where things stand in the file, by key; "" is the section itself.
  std::map<std::string, std::size_t, std::less<>> offsets;
};

// Reads the section of `name`. Whether time zones exist is not known here.
PersonConf read_person(const ConfSection& section, const std::string& name, ConfKeys& keys);

}  // namespace jackfield
