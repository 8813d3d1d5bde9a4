# A wake word
# renode-test scenario.robot

*** Test Cases ***
Every Label Is Answered
    Execute Script    ${CURDIR}/setup.resc
    Create Led Tester    sysbus.gpio0.led_builtin
    Led Should Answer    true    false    2.1    3.4
    Led Should Answer    true    false    6.0625    7.25

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
