// A C++ input stream over a C file, which it owns. Seekable.
#pragma once

#include <array>
#include <cstdio>
#include <istream>
#include <streambuf>

#include "platform/folder_files.hpp"

namespace jackfield {

class FileBuffer final : public std::streambuf {
 public:
  // `size`: of the file, when it was opened.
  FileBuffer(FilePtr file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

 private:
  int_type underflow() override {
    const std::size_t got = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
    position_ += got;
    setg(buffer_.data(), buffer_.data(), buffer_.data() + got);
    return got == 0 ? traits_type::eof() : traits_type::to_int_type(buffer_[0]);
  }
  pos_type seekoff(off_type offset, std::ios_base::seekdir from,
                   std::ios_base::openmode mode) override {
    const auto current = static_cast<off_type>(position_) - (egptr() - gptr());
    const off_type base = from == std::ios_base::beg   ? 0
                          : from == std::ios_base::cur ? current
                                                       : static_cast<off_type>(size_);
    if (from == std::ios_base::cur && offset == 0) return current;
    return seekpos(base + offset, mode);
  }
  pos_type seekpos(pos_type position, std::ios_base::openmode) override {
    const off_type wanted = position;
    if (wanted < 0 || !seek_file(file_.get(), static_cast<std::uint64_t>(wanted)))
      return pos_type(off_type(-1));
    position_ = static_cast<std::uint64_t>(wanted);
    setg(buffer_.data(), buffer_.data(), buffer_.data());
    return position;
  }

  FilePtr file_;
  const std::uint64_t size_;
  std::uint64_t position_ = 0;  // in the file, behind what is in the buffer
  std::array<char, 65536> buffer_;
};

class FileStream final : public std::istream {
 public:
  FileStream(FilePtr file, std::uint64_t size)
      : std::istream(nullptr), buffer_(std::move(file), size) {
    rdbuf(&buffer_);
  }

 private:
  FileBuffer buffer_;
};

}  // namespace jackfield
