// Marks what the common library exports; everything else in it stays hidden.
#pragma once

#if defined(_WIN32)
#if defined(JACKFIELD_COMMON_BUILD)
#define JACKFIELD_API __declspec(dllexport)
#else
#define JACKFIELD_API __declspec(dllimport)
#endif
#else
#define JACKFIELD_API __attribute__((visibility("default")))
#endif
