# A wake word
# renode-test scenario.robot
#
# Not checked here:
# - false_alarms_max = 0: an LED tester waits for a state and counts no edges
# - false_alarms_max_per_h = 0.1: an LED tester waits for a state and counts no edges
# - lead_min_s = 0.1: an LED tester does not tell when an edge came
# - f1_min_ratio = 0.9: a test passes or fails, and is not scored
# - accuracy_min_ratio = 0.9: a test passes or fails, and is not scored
# - f1_gain_min_ratio = 0.1: a test passes or fails, and is not scored
# - accuracy_gain_min_ratio = 0.1: a test passes or fails, and is not scored
# - false_alarms_fewer_min = 1: a test passes or fails, and is not scored
# - class_delay_max_s = 3: a test passes or fails, and is not scored
# - inferences_min = 120: no keyword times a function
# - inference_latency_max_s = 0.05: no keyword times a function
# - duty_max_ratio = 0.5: no keyword tells how long a core sleeps
# - flash_max_bytes = 65536: coincell reads it from the image, and watches the stack
# - ram_max_bytes = 32768: coincell reads it from the image, and watches the stack
# - stack_max_bytes = 4096: coincell reads it from the image, and watches the stack
# - average_current_max_a = 0.001: Renode knows no currents
# - peak_current_max_a = 0.01: Renode knows no currents
# - estimates_max_ratio = 0.9: Renode knows no currents
# - battery_life_min_s = 777600: Renode knows no currents
# - packets_min = 0: no keyword counts a board's packets
# - packets_max = 3: no keyword counts a board's packets
# - radio_max_bytes = 200: no keyword counts a board's packets
# - radio_silent_before_first_label = True: no keyword counts a board's packets
# - unmodelled_max = 0: it is about coincell's own models
# - exit_code = 0: no keyword tells what the firmware passed to semihosting's exit

*** Test Cases ***
Console Contains Text 1
    Execute Script    ${CURDIR}/setup.resc
    ${uart0}=    Create Terminal Tester    sysbus.uart0
    Wait For Line On Uart    wake word 4    timeout=10    testerId=${uart0}    includeUnfinishedLine=true

Console Contains Text 2
    Execute Script    ${CURDIR}/setup.resc
    ${uart0}=    Create Terminal Tester    sysbus.uart0
    Wait For Line On Uart    ready    timeout=10    testerId=${uart0}    includeUnfinishedLine=true

Console Lacks Texts
    Execute Script    ${CURDIR}/setup.resc
    ${uart0}=    Create Terminal Tester    sysbus.uart0
    Execute Command    emulation RunFor "10"
    Should Not Be On Uart    lost    timeout=0    testerId=${uart0}    includeUnfinishedLine=true
    Should Not Be On Uart    overflow    timeout=0    testerId=${uart0}    includeUnfinishedLine=true

Every Label Is Answered
    Execute Script    ${CURDIR}/setup.resc
    Create Led Tester    sysbus.gpio0.led_builtin
    Led Should Answer    false    true    2.1    3.3
    Led Should Answer    false    true    6.0625    7.15

*** Keywords ***
Elapsed Seconds
    ${info}=    Execute Command    machine GetTimeSourceInfo
    ${parts}=    Evaluate    re.search(r'Elapsed Virtual Time: (\\d+):(\\d+):([0-9.]+)', $info).groups()
    ${now}=    Evaluate    int($parts[0]) * 3600 + int($parts[1]) * 60 + float($parts[2])
    RETURN    ${now}

Run Until
    [Arguments]    ${time}
    ${now}=    Elapsed Seconds
    ${left}=    Evaluate    format(max(${time} - ${now}, 0), '.6f')
    Execute Command    emulation RunFor "${left}"

Led Should Become
    [Arguments]    ${state}    ${deadline}
    ${now}=    Elapsed Seconds
    # Renode cuts a time-out to whole milliseconds: up to the next, and half of one for its 32-bit float
    ${left}=    Evaluate    (math.ceil(max(${deadline} - ${now}, 0) * 1000) + 0.5) / 1000
    Assert Led State    ${state}    timeout=${left}    pauseEmulation=true

Led Should Answer
    # only an edge is an answer, so an LED in that state must leave it first
    [Arguments]    ${before}    ${answer}    ${start}    ${deadline}
    Run Until    ${start}
    Led Should Become    ${before}    ${deadline}
    Led Should Become    ${answer}    ${deadline}
