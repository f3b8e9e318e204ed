# What every target of the project is built with, and the two ways to declare one.

add_library(sealroom_options INTERFACE)
target_compile_definitions(sealroom_options INTERFACE
  _GNU_SOURCE SEALROOM_VERSION="${PROJECT_VERSION}")
target_compile_options(sealroom_options INTERFACE
  -Wall -Wextra -Wshadow -Wswitch-enum -Wconversion -Werror
  -fstack-protector-strong -fno-common)
target_include_directories(sealroom_options INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/recorder)

# sealroom_library(NAME SOURCES … LINKS …): one module, one static library.
# LINKS are public: they are the module's place in the one-way order.
function(sealroom_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC sealroom_options ${arg_LINKS})
endfunction()

# sealroom_program(NAME SOURCES … LINKS …): a main that parses arguments and wires.
function(sealroom_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE sealroom_options ${arg_LINKS})
endfunction()

# sealroom_test(NAME SOURCES … LINKS …): one cmocka program, one CTest entry.
function(sealroom_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE sealroom_options ${arg_LINKS} cmocka)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
